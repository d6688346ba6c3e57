import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useSaidWords } from "../i18n/said";
import { useWords } from "../i18n/words";

/** What a query gave, or that it is on its way, or why it did not come. What came before stays. */
export function Asked<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  const words = useWords();
  const phrase = useSaidWords();
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) {
    return (
      <div className="notice notice-bad" role="alert">
        <strong>{words.common.failedToLoad}</strong>
        <span>{phrase(query.error.message)}</span>
        <button type="button" onClick={() => void query.refetch()}>{words.common.again}</button>
      </div>
    );
  }
  return <p className="quiet loading" role="status">{words.common.loading}</p>;
}

/** A list without rows: says what would be here and how it comes to be. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children && <div>{children}</div>}
    </div>
  );
}
