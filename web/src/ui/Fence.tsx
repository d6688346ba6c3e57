import { Component, type ReactNode } from "react";
import { useWords } from "../i18n/words";

interface Props {
  children: ReactNode;
  /** Another one of it is another page: what went wrong is forgotten. */
  place: string;
}

/** Keeps what goes wrong in a page to that page, and says what it was. */
export class Fence extends Component<Props, { error: Error | undefined; place: string }> {
  override state = { error: undefined as Error | undefined, place: this.props.place };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: { place: string }) {
    return props.place === state.place ? null : { error: undefined, place: props.place };
  }

  override render() {
    return this.state.error ? <Broken error={this.state.error} /> : this.props.children;
  }
}

function Broken({ error }: { error: Error }) {
  const words = useWords();
  return (
    <div className="notice notice-bad" role="alert">
      <strong>{words.shell.broken}</strong>
      <code>{error.message}</code>
      <button type="button" onClick={() => location.reload()}>{words.shell.reload}</button>
    </div>
  );
}
