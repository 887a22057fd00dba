import { Content, PageSection, Title } from "@patternfly/react-core";
import { type ReactNode, useEffect } from "react";

/** A page's heading, its introductory sentence, and its content. The document's title follows. */
export function Page({
  title,
  intro,
  actions,
  children,
}: {
  readonly title: string;
  readonly intro?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Mintmark`;
  }, [title]);
  return (
    <>
      <PageSection className="mm-head">
        <div className="mm-head-row">
          <Title headingLevel="h1">{title}</Title>
          {actions}
        </div>
        {intro === undefined ? null : <Content component="p">{intro}</Content>}
      </PageSection>
      <PageSection isFilled>
        <div className="mm-stack">{children}</div>
      </PageSection>
    </>
  );
}
