// A call in a LiveKit room: the bot is another participant. Loaded only where a media server is configured.
import { Room, RoomEvent, Track } from "livekit-client";

const STATE = "lk.agent.state";
const WORDS = "lk.transcription";
const ANSWERED = 20_000; // ms in which the bot must be there

/** The same as socket.js's connect, with the room's `url` and `token`. */
export async function connect({ stream, url, token, tell }) {
  const room = new Room({ disconnectOnPageLeave: true });
  let over = false;
  let begun = false;
  const alone = setTimeout(() => room.disconnect(), ANSWERED);
  const begins = () => {
    clearTimeout(alone);
    if (!begun) tell({ started: true });
    begun = true;
  };
  room.on(RoomEvent.TrackSubscribed, (track) => {
    if (track.kind !== Track.Kind.Audio) return;
    document.body.append(track.attach());
    begins();
  });
  room.on(RoomEvent.TrackUnsubscribed, (track) => {
    for (const element of track.detach()) element.remove();
  });
  room.on(RoomEvent.ParticipantAttributesChanged, (changed) => {
    if (changed[STATE]) tell({ state: changed[STATE] });
  });
  room.on(RoomEvent.Disconnected, () => {
    clearTimeout(alone);
    if (over) return;
    over = true;
    tell(begun ? { ended: true } : { unanswered: true });
  });
  room.registerTextStreamHandler(WORDS, async (reader, { identity }) => {
    if (identity !== room.localParticipant.identity) return;
    const final = reader.info.attributes?.["lk.transcription_final"] === "true";
    tell({ heard: await reader.readAll(), final });
  });
  await room.connect(url, token);
  await room.startAudio();
  await room.localParticipant.publishTrack(stream.getAudioTracks()[0], { source: Track.Source.Microphone });
  return {
    end() {
      over = true;
      room.disconnect();
      tell({ ended: true });
    },
  };
}
