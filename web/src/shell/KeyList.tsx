import type { RefObject } from "react";
import { useWords } from "../i18n/words";
import { useBindings } from "../ui/keys";

/** What the keys do here and now. */
export function KeyList({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  const words = useWords();
  const bindings = useBindings();
  return (
    <dialog ref={dialog} aria-labelledby="keys-title">
      <h2 id="keys-title">{words.keys.title}</h2>
      <dl className="keys">
        {bindings.map((binding) => (
          <div key={binding.keys}>
            <dt>
              {binding.keys.split(" ").map((key) => <kbd key={key}>{key}</kbd>)}
            </dt>
            <dd>{binding.what}</dd>
          </div>
        ))}
        <div>
          <dt><kbd>Esc</kbd></dt>
          <dd>{words.keys.close}</dd>
        </div>
      </dl>
      <form method="dialog" className="buttons">
        <button>{words.common.close}</button>
      </form>
    </dialog>
  );
}
