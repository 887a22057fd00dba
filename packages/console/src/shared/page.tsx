import { Breadcrumb, BreadcrumbItem, Content, PageSection, Title } from "@patternfly/react-core";
import { type ReactNode, useEffect } from "react";
import { Link } from "react-router";

/** A page above this one. */
export interface Crumb {
  readonly to: string;
  readonly title: string;
}

/** A page's way from above, its heading, its introductory sentence, and its content. */
export function Page({
  title,
  trail = [],
  intro,
  actions,
  children,
}: {
  readonly title: string;
  readonly trail?: readonly Crumb[];
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
        {trail.length === 0 ? null : (
          <Breadcrumb className="mm-trail">
            {trail.map(({ to, title: above }) => (
              <BreadcrumbItem
                key={to}
                render={({ className }) => (
                  <Link to={to} className={className}>
                    {above}
                  </Link>
                )}
              />
            ))}
            <BreadcrumbItem isActive>{title}</BreadcrumbItem>
          </Breadcrumb>
        )}
        <div className="mm-head-row">
          <Title headingLevel="h1">{title}</Title>
          {actions === undefined || actions === null ? null : <div className="mm-filters">{actions}</div>}
        </div>
        {intro === undefined ? null : <Content component="p">{intro}</Content>}
      </PageSection>
      <PageSection isFilled>
        <div className="mm-stack">{children}</div>
      </PageSection>
    </>
  );
}
