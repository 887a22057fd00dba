import { Button, SearchInput, TextInput } from "@patternfly/react-core";
import { type FormEvent, useEffect, useState } from "react";
import { hub, useHub } from "./hub.ts";
import type { Filters } from "./paging.ts";

const SUGGESTED = 20;
/** The server is asked once for a word, not letter by letter. */
const TYPING_MS = 250;

/** The text of a filter while it is typed; it follows the address when that changes otherwise. */
function useTyped(value: string): readonly [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  return [typed, setTyped];
}

/** A box for text that the server searches for. */
export function SearchBox({
  filters,
  placeholder,
}: {
  readonly filters: Filters;
  readonly placeholder: string;
}) {
  const [typed, setTyped] = useTyped(filters.get("search"));
  const search = () => filters.set({ search: typed.trim() });
  return (
    <form onSubmit={preventing(search)}>
      <SearchInput
        aria-label="Search"
        placeholder={placeholder}
        value={typed}
        onChange={(_event, value) => setTyped(value)}
        onClear={() => filters.set({ search: "" })}
        onSearch={search}
      />
    </form>
  );
}

/** A filter by a whole word, applied by its button; `suggestions` are offered for what is typed. */
export function WordFilter({
  filters,
  name,
  label,
  suggestions,
  onType,
}: {
  readonly filters: Filters;
  /** The filter's name in the address. */
  readonly name: string;
  readonly label: string;
  readonly suggestions: readonly string[];
  readonly onType?: (typed: string) => void;
}) {
  const [typed, setTyped] = useTyped(filters.get(name));
  return (
    <form onSubmit={preventing(() => filters.set({ [name]: typed.trim() }))}>
      <div className="mm-filters mm-word">
        <TextInput
          className="mm-choice"
          aria-label={label}
          placeholder={label}
          list={`${name}-words`}
          value={typed}
          onChange={(_event, value) => {
            setTyped(value);
            onType?.(value);
          }}
        />
        <datalist id={`${name}-words`}>
          {suggestions.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <Button type="submit" variant="secondary" aria-label={`Filter by ${label.toLowerCase()}`}>
          Show
        </Button>
      </div>
    </form>
  );
}

/** A filter by the whole name of a user. The server searches for names that hold what is typed. */
export function UserFilter({
  filters,
  name,
  label,
}: {
  readonly filters: Filters;
  readonly name: string;
  readonly label: string;
}) {
  const [typed, setTyped] = useState("");
  return (
    <WordFilter
      filters={filters}
      name={name}
      label={label}
      suggestions={useUserNames(typed)}
      onType={setTyped}
    />
  );
}

/** Names of users that hold the text. */
export function useUserNames(typed: string): readonly string[] {
  const [search, setSearch] = useState("");
  useEffect(() => {
    const timer = window.setTimeout(() => setSearch(typed.trim()), TYPING_MS);
    return () => window.clearTimeout(timer);
  }, [typed]);
  const users = useHub(["users", "names", search], (signal) =>
    hub.listUsers({ search, limit: SUGGESTED }, { signal }),
  );
  return (users.data?.users ?? []).map(({ username }) => username);
}

/** A day in the address, as the browser's own calendar gives it. */
export function DayFilter({
  filters,
  name,
  label,
}: {
  readonly filters: Filters;
  readonly name: string;
  readonly label: string;
}) {
  return (
    <div className="mm-day">
      <label htmlFor={`day-${name}`}>{label}</label>
      <TextInput
        id={`day-${name}`}
        className="mm-choice"
        type="date"
        value={filters.get(name)}
        onChange={(_event, day) => filters.set({ [name]: day })}
      />
    </div>
  );
}

/** The local begin of a day of the address, or of the day that many days later; empty if it is invalid. */
export function startOfDay(day: string, days = 0): string {
  const start = new Date(`${day}T00:00:00`);
  start.setDate(start.getDate() + days);
  return Number.isFinite(start.getTime()) ? start.toISOString() : "";
}

function preventing(act: () => void) {
  return (event: FormEvent) => {
    event.preventDefault();
    act();
  };
}
