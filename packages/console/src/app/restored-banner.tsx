import { Banner } from "@patternfly/react-core";
import { Link } from "react-router";
import { hub, useHub } from "../shared/hub.ts";

/** Above every page of an administrator or auditor, until it is decided what becomes of a restored hub. */
export function RestoredBanner() {
  const { data } = useHub(["restored"], (signal) => hub.getRestored({ signal }));
  return data?.state === "decide" ? (
    <Banner color="yellow">
      This hub was restored from a backup, and refuses all credentials from before it.{" "}
      <Link to="/admin/restored">Decide what becomes of them</Link>
    </Banner>
  ) : null;
}
