// The page begins here.
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { createQueryClient } from "./api/queries.ts";
import { App } from "./app.tsx";
import "./theme.css";
import "./submissions.css";
import "./preview.css";
import "./twin.css";
import "./tools.css";
import "./time.css";
import "./assets.css";
import "./work.css";

createRoot(document.getElementById("app")!).render(
  <QueryClientProvider client={createQueryClient()}>
    <App />
  </QueryClientProvider>,
);
