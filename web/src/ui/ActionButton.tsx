import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useRef } from "react";
import { type Action, asCommand, asCurl, isAllowed } from "../api/actions";
import { type ApiError, perform } from "../api/client";
import { engineQuery } from "../api/queries";
import { useSaidWords } from "../i18n/said";
import { useWords } from "../i18n/words";
import { CommandLine } from "./Copy";
import { useToasts } from "./toasts";

interface Props {
  action: Action;
  /** Called with what the call gave. */
  onDone?: (result: unknown, action: Action) => void;
  /** Shows a refusal in its own place; else it is told at the edge. */
  onRefused?: (error: ApiError) => void;
  primary?: boolean;
  /** It only looks: nothing becomes old by it, and what it gives says that it is done. */
  looks?: boolean;
  /** Why it cannot be done now. */
  unavailable?: string | undefined;
}

/** A button that does it, and beside it one that shows the same as commands. */
export function ActionButton({ action, onDone, onRefused, primary, looks, unavailable }: Props) {
  const words = useWords();
  const phrase = useSaidWords();
  const toasts = useToasts();
  const queries = useQueryClient();
  const engine = useQuery(engineQuery);
  const question = useRef<HTMLDialogElement>(null);
  const id = useId();
  const allowed = isAllowed(engine.data?.role, action);

  const doing = useMutation<unknown, ApiError, Action>({
    mutationFn: (what) => perform(what.call),
    onSuccess: (result, what) => {
      if (!looks) {
        toasts.say("good", words.action.done(what.label));
        void queries.invalidateQueries();
      }
      onDone?.(result, what);
    },
    onError: (error, what) =>
      onRefused ? onRefused(error) : toasts.say("bad", `${words.action.failed(what.label)}: ${phrase(error.message)}`),
  });
  const begin = () => (action.confirm ? question.current?.showModal() : doing.mutate(action));

  return (
    <span className="action">
      <button
        type="button"
        className={primary ? "primary" : ""}
        disabled={!allowed || unavailable !== undefined || doing.isPending}
        title={allowed ? unavailable : words.action.notAllowed(action.role)}
        onClick={begin}
      >
        {action.label}
      </button>
      <button type="button" className="action-how" popoverTarget={id} aria-label={words.action.how(action.label)}>
        <span aria-hidden="true">›_</span>
      </button>
      <div id={id} popover="auto" className="popover">
        <h2>{action.label}</h2>
        <p>{words.action.asCommand}</p>
        <CommandLine text={asCommand(action)} />
        <p>{words.action.asCurl}</p>
        <CommandLine text={asCurl(action)} />
      </div>
      {action.confirm && (
        <dialog ref={question} aria-labelledby={`${id}-title`}>
          <h2 id={`${id}-title`}>{words.action.confirm(action.label)}</h2>
          <p>{action.confirm}</p>
          <form method="dialog" className="buttons">
            <button>{words.common.cancel}</button>
            <button className="primary" onClick={() => doing.mutate(action)}>{action.label}</button>
          </form>
        </dialog>
      )}
    </span>
  );
}
