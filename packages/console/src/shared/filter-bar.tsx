import { Button } from "@patternfly/react-core";
import { type ReactNode, useId, useState } from "react";

/** The search box and the filters of a list. On a telephone a button unfolds the filters. */
export function FilterBar({
  search,
  children,
  isFiltered,
  onClear,
}: {
  readonly search: ReactNode;
  readonly children: ReactNode;
  readonly isFiltered: boolean;
  readonly onClear: () => void;
}) {
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <div className="mm-filters">
      {search}
      <Button
        className="mm-unfold"
        variant="secondary"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        Filters
      </Button>
      <div id={id} className={open ? "mm-filters mm-foldable mm-open" : "mm-filters mm-foldable"}>
        {children}
      </div>
      {isFiltered ? (
        <Button variant="link" isInline onClick={onClear}>
          Clear filters
        </Button>
      ) : null}
    </div>
  );
}
