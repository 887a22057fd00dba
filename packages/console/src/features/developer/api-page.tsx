import { ExpandableSection, Label, TextInput, Title } from "@patternfly/react-core";
import { useEffect, useState } from "react";
import { Link, useLocation } from "react-router";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { useFilters } from "../../shared/paging.ts";
import { Snippet } from "../../shared/snippet.tsx";
import {
  type ApiDocument,
  byTag,
  type Endpoint,
  jsonExample,
  jsonSchema,
  outline,
  withoutReferences,
} from "./document.ts";

const DOCUMENT_PATH = "api/mintmark/v1/openapi.json";

/** The API reference, built from the document that the hub serves. */
export function ApiPage() {
  const filters = useFilters();
  const find = filters.get("find").toLowerCase();
  const query = useHub(["openapi"], (signal) => hub.getApiDocument({ signal }) as Promise<ApiDocument>);
  return (
    <Page
      title="API reference"
      intro="Everything that this console does, your programs can do too, with a personal token."
    >
      <Loaded query={query}>
        {(document) => (
          <>
            <p>
              Version {document.info.version}. <a href={DOCUMENT_PATH}>OpenAPI 3.1 document</a>
            </p>
            <div className="mm-narrow">
              <Snippet
                label="Ask who you are"
                text={`curl -H "Authorization: Bearer $TOKEN" ${new URL("api/mintmark/v1/session", window.document.baseURI)}`}
              />
            </div>
            <TextInput
              className="mm-narrow"
              type="search"
              aria-label="Find an operation"
              placeholder="Find an operation: rotate, /credentials, POST"
              value={filters.get("find")}
              onChange={(_event, text) => filters.set({ find: text })}
            />
            <Contents tags={matching(document, find).map(([tag]) => tag)} />
            {matching(withoutReferences(document), find).map(([tag, endpoints]) => (
              <div key={tag} id={tag} className="mm-stack">
                <Title headingLevel="h2">{titleOf(tag)}</Title>
                <TagWords document={document} tag={tag} />
                <div>
                  {endpoints.map((endpoint) => (
                    <OperationSection key={endpoint.operation.operationId} endpoint={endpoint} />
                  ))}
                </div>
              </div>
            ))}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function titleOf(tag: string): string {
  return `${tag.charAt(0).toUpperCase()}${tag.slice(1)}`;
}

/** The table of contents; each entry leads to its part of the page. */
function Contents({ tags }: { readonly tags: readonly string[] }) {
  return (
    <nav aria-label="Contents" className="mm-filters">
      {tags.map((tag) => (
        <Link key={tag} to={{ search: window.location.search, hash: tag }} onClick={() => showElementOf(tag)}>
          {titleOf(tag)}
        </Link>
      ))}
    </nav>
  );
}

function TagWords({ document, tag }: { readonly document: ApiDocument; readonly tag: string }) {
  const words = document.tags.find(({ name }) => name === tag)?.description;
  return words === undefined ? null : <p className="mm-quiet">{words}.</p>;
}

/** The browser looked for the anchor before this page was drawn, so the page scrolls there itself. */
function useAnchor(): string {
  const { hash } = useLocation();
  const id = decodeURIComponent(hash.slice(1));
  useEffect(() => showElementOf(id), [id]);
  return id;
}

function showElementOf(id: string): void {
  if (id !== "") {
    document.getElementById(id)?.scrollIntoView({ block: "start" });
  }
}

/** The operations whose method, path or summary holds the text, by their tag. */
function matching(
  document: ApiDocument,
  find: string,
): readonly (readonly [tag: string, endpoints: readonly Endpoint[]])[] {
  return [...byTag(document)]
    .map(([tag, endpoints]) => {
      const found = endpoints.filter(({ method, path, operation }) =>
        `${method} ${path} ${operation.summary}`.toLowerCase().includes(find),
      );
      return [tag, found] as const;
    })
    .filter(([, endpoints]) => endpoints.length > 0);
}

function OperationSection({ endpoint }: { readonly endpoint: Endpoint }) {
  const { method, path, operation } = endpoint;
  const anchor = useAnchor();
  const [open, setOpen] = useState(anchor === operation.operationId);
  return (
    <ExpandableSection
      id={operation.operationId}
      isExpanded={open}
      onToggle={(_event, next) => setOpen(next)}
      toggleId={`toggle-${operation.operationId}`}
      contentId={`content-${operation.operationId}`}
      toggleContent={
        <>
          <Label isCompact color={method === "GET" ? "blue" : method === "DELETE" ? "red" : "green"}>
            {method}
          </Label>{" "}
          <code>{path}</code> <span className="mm-quiet">{operation.summary}</span>
        </>
      }
    >
      {open ? <OperationDetails endpoint={endpoint} /> : null}
    </ExpandableSection>
  );
}

function OperationDetails({ endpoint: { operation } }: { readonly endpoint: Endpoint }) {
  const body = jsonSchema(operation.requestBody);
  const [success = "", answerOf] =
    Object.entries(operation.responses).find(([status]) => status.startsWith("2")) ?? [];
  const answer = jsonSchema(answerOf);
  const bodyExample = jsonExample(operation.requestBody);
  const answerExample = jsonExample(answerOf);
  const refusals = Object.keys(operation.responses).filter((status) => status !== success);
  return (
    <div className="mm-stack mm-narrow">
      {operation.parameters.length === 0 ? null : (
        <ul>
          {operation.parameters.map((parameter) => (
            <li key={parameter.name}>
              <code>{parameter.name}</code> ({parameter.in})
              {parameter.description ? `: ${parameter.description}` : ""}
            </li>
          ))}
        </ul>
      )}
      <p>
        <Link to={{ search: window.location.search, hash: operation.operationId }}>
          Link to this operation
        </Link>
      </p>
      {body ? <Snippet label="Body" text={outline(body)} /> : null}
      {bodyExample === undefined ? null : <Snippet label="Example body" text={bodyExample} />}
      {answer ? (
        <Snippet label={`Answer ${success}`} text={outline(answer)} />
      ) : (
        <p>Answer {success}, without a body.</p>
      )}
      {answerExample === undefined ? null : <Snippet label="Example answer" text={answerExample} />}
      <p className="mm-quiet">Refusals: {refusals.join(", ")}, as problem+json with a stable code.</p>
    </div>
  );
}
