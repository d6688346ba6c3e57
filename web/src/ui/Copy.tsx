import { useEffect, useState } from "react";
import { useWords } from "../i18n/words";

/** Where the clipboard is closed (a page over plain HTTP from elsewhere), the text is selected. */
async function copy(text: string, element: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (element) getSelection()?.selectAllChildren(element);
    return false;
  }
}

/** A command in a line of its own, to be copied. */
export function CommandLine({ text }: { text: string }) {
  const words = useWords();
  const [done, setDone] = useState(false);
  const [element, setElement] = useState<HTMLElement | null>(null);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <div className="command">
      <code ref={setElement} tabIndex={0}>{text}</code>
      <button type="button" className="small" onClick={async () => setDone(await copy(text, element))}>
        {done ? words.common.copied : words.common.copy}
      </button>
    </div>
  );
}
