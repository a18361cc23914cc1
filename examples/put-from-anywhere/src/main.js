import { prepare as prepareLink } from "./link.js";
import { prepare as prepareUpload } from "./upload.js";
import "./page.css";

prepareUpload();
prepareLink();
