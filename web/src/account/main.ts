import { mount } from "svelte";

import "../tokens.css";
import "../base.css";
import "../ui/pages.css";
import AccountPage from "./AccountPage.svelte";

const target = document.getElementById("app");
if (target === null) throw new Error("account.html has no #app");

mount(AccountPage, { target });
