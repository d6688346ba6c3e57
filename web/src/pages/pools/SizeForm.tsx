import { useState } from "react";
import { useWordsOf } from "../../i18n/words";
import { ActionButton } from "../../ui/ActionButton";
import type { QueuePool } from "./holders";
import { isBytes, readSize, sizeAction, unitsText } from "./size";
import { words as PAGE_WORDS } from "./words";

export function SizeForm({ pool }: { pool: QueuePool }) {
  const words = useWordsOf(PAGE_WORDS);
  const [text, setText] = useState("");
  const size = readSize(pool.name, text);
  const isWrong = text.trim() !== "" && size === undefined;
  return (
    <form className="pool-form" aria-label={words.size(pool.name)} onSubmit={(event) => event.preventDefault()}>
      <input
        aria-label={words.sizeField}
        aria-invalid={isWrong}
        title={isWrong ? words.badSize : isBytes(pool.name) ? words.bytesHint : undefined}
        inputMode="numeric"
        className="mono"
        placeholder={unitsText(pool.name, pool.size)}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <ActionButton
        action={sizeAction(pool.name, size ?? pool.size, words.change)}
        unavailable={size === undefined ? words.badSize : undefined}
        onDone={() => setText("")}
      />
      {pool.size !== pool.declared && <ActionButton action={sizeAction(pool.name, null, words.asDeclared)} />}
    </form>
  );
}
