import { setLogLevel } from "livekit-client";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { absorbToken } from "./session/tokenStore";
import "./styles/index.css";

setLogLevel("warn");
absorbToken();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with id root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
