// The extensions look for htmx on the window. Its settings are in the page: <meta name="htmx-config">.
import htmx from "htmx.org";

window.htmx = htmx;
export default htmx;
