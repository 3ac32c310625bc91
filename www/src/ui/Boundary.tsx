/** Keeps a document that breaks its view from breaking the page. */

import { Alert } from 'antd';
import { Component, type ReactNode } from 'react';

interface Properties {
  children: ReactNode;
}

/** Shows the error of what is inside. Give it a `key` that changes when another try is worth it. */
export class Boundary extends Component<Properties, { error: Error | undefined }> {
  override state = { error: undefined as Error | undefined };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return <Alert type="error" showIcon message="This document cannot be shown" description={error.message} />;
  }
}
