// A microphone for tests: the page's own code gets it from getUserMedia, and it hears what the test plays into it.
(() => {
  let context = null;
  let into = null;
  const there = () => {
    context ??= new AudioContext();
    into ??= context.createMediaStreamDestination();
    return into.stream;
  };
  navigator.mediaDevices.getUserMedia = async () => there().clone();
  window.sayInto = async (wav) => {
    there();
    const bytes = Uint8Array.from(atob(wav), (char) => char.charCodeAt(0));
    const source = context.createBufferSource();
    source.buffer = await context.decodeAudioData(bytes.buffer);
    source.connect(into);
    source.start();
    await new Promise((resolve) => source.addEventListener("ended", resolve));
  };
})();
