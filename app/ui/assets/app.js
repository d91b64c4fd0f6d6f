// The dashboard's script: real links and forms work without it, this makes them smooth.
import "./js/htmx.js";
import "htmx-ext-sse";
import "./js/requests.js";
import "./js/session.js";
import "./js/live.js";
import "./js/dialogs.js";
import "./js/copy.js";
import "./js/transcript.js";
import "./js/player.js";
import "./js/talk.js";
import "./js/talking.js";
import "./js/keys.js";
