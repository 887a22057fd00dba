import { Button } from "@patternfly/react-core";
import { useNavigate } from "react-router";
import { Nothing } from "../shared/loaded.tsx";
import { Page } from "../shared/page.tsx";

export function NotFoundPage() {
  const navigate = useNavigate();
  return (
    <Page title="Not here">
      <Nothing
        title="There is no such page"
        action={
          <Button variant="primary" onClick={() => navigate("/overview")}>
            To the overview
          </Button>
        }
      >
        It may have moved, or it is not yours to see.
      </Nothing>
    </Page>
  );
}
