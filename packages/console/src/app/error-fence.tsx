import { Component, type ReactNode } from "react";
import { Failed } from "../shared/loaded.tsx";

/**
 * Keeps the rest of the console standing when one page breaks, or when its script can no longer be fetched
 * after an upgrade.
 */
export class ErrorFence extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === null ? (
      this.props.children
    ) : (
      <Failed error={error} onRetry={() => window.location.reload()} />
    );
  }
}
