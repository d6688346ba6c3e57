import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useRef } from "react";
import { type Action, asCommand, asCurl, isAllowed } from "../api/actions";
import { type ApiError, perform } from "../api/client";
import { engineQuery } from "../api/queries";
import { useWords } from "../i18n/words";
import { CommandLine } from "./Copy";
import { useToasts } from "./toasts";

interface Props {
  action: Action;
  /** Called with what the call gave. */
  onDone?: (result: unknown) => void;
  primary?: boolean;
}

/** A button that does it, and beside it one that shows the same as commands. */
export function ActionButton({ action, onDone, primary }: Props) {
  const words = useWords();
  const toasts = useToasts();
  const queries = useQueryClient();
  const engine = useQuery(engineQuery);
  const question = useRef<HTMLDialogElement>(null);
  const id = useId();
  const allowed = isAllowed(engine.data?.role, action);

  const doing = useMutation<unknown, ApiError>({
    mutationFn: () => perform(action.call),
    onSuccess: (result) => {
      toasts.say("good", words.action.done(action.label));
      void queries.invalidateQueries();
      onDone?.(result);
    },
    onError: (error) => toasts.say("bad", `${words.action.failed(action.label)}: ${error.message}`),
  });
  const begin = () => (action.confirm ? question.current?.showModal() : doing.mutate());

  return (
    <span className="action">
      <button
        type="button"
        className={primary ? "primary" : ""}
        disabled={!allowed || doing.isPending}
        title={allowed ? undefined : words.action.notAllowed(action.role)}
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
            <button className="primary" onClick={() => doing.mutate()}>{action.label}</button>
          </form>
        </dialog>
      )}
    </span>
  );
}
