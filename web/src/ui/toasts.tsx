// Short news of what somebody did here: shown at the edge, told to screen readers, gone by itself.

import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";

interface Toast {
  id: number;
  tone: "good" | "bad";
  text: string;
}

interface Toasts {
  say(tone: Toast["tone"], text: string): void;
}

const ToastContext = createContext<Toasts>({ say: () => {} });
const SHOWN_MS = { good: 3000, bad: 10_000 };

export const useToasts = () => useContext(ToastContext);

export function ToastProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<Toast[]>([]);
  const next = useRef(0);
  const say = useCallback((tone: Toast["tone"], text: string) => {
    const id = next.current++;
    setShown((now) => [...now.slice(-3), { id, tone, text }]);
    setTimeout(() => setShown((now) => now.filter((one) => one.id !== id)), SHOWN_MS[tone]);
  }, []);
  const value = useMemo(() => ({ say }), [say]);
  return (
    <ToastContext.Provider value={value}>
      {children}
      <div className="toasts" role="status">
        {shown.map((toast) => (
          <div key={toast.id} className={`notice notice-${toast.tone}`}>{toast.text}</div>
        ))}
      </div>
    </ToastContext.Provider>
  );
}
