import {
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
  PageToggleButton,
} from "@patternfly/react-core";
import { BarsIcon } from "@patternfly/react-icons";
import { Link } from "react-router";
import mark from "../mark.svg";
import { UserMenu } from "./user-menu.tsx";

/** One row at every width: the button of the navigation, the brand, the person's menu. */
export function TopBar({ sidebar, onToggle }: { readonly sidebar: boolean; readonly onToggle: () => void }) {
  return (
    <Masthead display={{ default: "inline" }}>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton
            variant="plain"
            aria-label="Navigation"
            isSidebarOpen={sidebar}
            onSidebarToggle={onToggle}
          >
            <BarsIcon />
          </PageToggleButton>
        </MastheadToggle>
        <MastheadBrand>
          <Link to="/overview" className="mm-brand" aria-label="Mintmark, overview">
            <img src={mark} alt="" />
            <span>Mintmark</span>
          </Link>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <div className="mm-user-menu">
          <UserMenu />
        </div>
      </MastheadContent>
    </Masthead>
  );
}
