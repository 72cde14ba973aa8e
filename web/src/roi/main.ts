import { mount } from "svelte";

import "../tokens.css";
import "../base.css";
import "../ui/pages.css";
import RoiPage from "./RoiPage.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("roi.html has no #app");

mount(RoiPage, { target });
