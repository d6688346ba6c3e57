import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { FeedContext } from "./live/context";
import { Feed } from "./live/feed";
import { App } from "./shell/App";
import { ToastProvider } from "./ui/toasts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/text.css";
import "./styles/shell.css";

// The feed says what is old; what nobody looks at is asked for when somebody does.
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.status === 0,
      retryDelay: 500,
    },
  },
});
const feed = new Feed(queries);
feed.start();

createRoot(document.getElementById("console")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <FeedContext.Provider value={feed}>
        <ToastProvider>
          <App />
        </ToastProvider>
      </FeedContext.Provider>
    </QueryClientProvider>
  </StrictMode>,
);
