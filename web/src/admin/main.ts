import { mount } from "svelte";

import "../tokens.css";
import "../base.css";
import "../ui/pages.css";
import AdminPage from "./AdminPage.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("admin.html has no #app");

mount(AdminPage, { target });
