import { Alert } from "@patternfly/react-core";

/** The failure of the latest action, read out at once. */
export function Problem({ sentence }: { readonly sentence: string | null }) {
  return sentence === null ? null : (
    <Alert isInline isLiveRegion component="p" variant="danger" title={sentence} className="mm-problem" />
  );
}
