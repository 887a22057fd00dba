import { ExpandableSection, Label, TextInput, Title } from "@patternfly/react-core";
import { useState } from "react";
import { hub, useHub } from "../../shared/hub.ts";
import { Loaded } from "../../shared/loaded.tsx";
import { Page } from "../../shared/page.tsx";
import { useFilters } from "../../shared/paging.ts";
import { Snippet } from "../../shared/snippet.tsx";
import {
  type ApiDocument,
  byTag,
  type Endpoint,
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
            {matching(withoutReferences(document), find).map(([tag, endpoints]) => (
              <div key={tag} className="mm-stack">
                <Title headingLevel="h2">{`${tag.charAt(0).toUpperCase()}${tag.slice(1)}`}</Title>
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
  const [open, setOpen] = useState(false);
  const { method, path, operation } = endpoint;
  return (
    <ExpandableSection
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
      {body ? <Snippet label="Body" text={outline(body)} /> : null}
      {answer ? (
        <Snippet label={`Answer ${success}`} text={outline(answer)} />
      ) : (
        <p>Answer {success}, without a body.</p>
      )}
      <p className="mm-quiet">Refusals: {refusals.join(", ")}, as problem+json with a stable code.</p>
    </div>
  );
}
