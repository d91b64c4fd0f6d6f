"""Speaks with a Piper voice, as a program of its own: `python piper_program.py VOICE.onnx`.

Otklik starts it and never imports it: Piper is under the GPL. Each line on standard input is a JSON object {"text",
"speed"}. It is answered with frames on standard output: a 4-byte length and that many bytes of 16-bit PCM; length 0
ends the answer. The program ends when its input does, so it never outlives who started it.
"""

from __future__ import annotations

import json
import struct
import sys

from piper import PiperVoice, SynthesisConfig


def main() -> None:
    """Answers until the input ends or nobody reads the output."""
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # what libraries print must not get between the frames
    voice = PiperVoice.load(sys.argv[1])
    try:
        for line in sys.stdin.buffer:
            asked = json.loads(line)
            pace = SynthesisConfig(length_scale=voice.config.length_scale / asked["speed"])
            for sentence in voice.synthesize(asked["text"], pace):
                pcm = sentence.audio_int16_bytes
                if pcm:
                    out.write(struct.pack(">I", len(pcm)) + pcm)
                    out.flush()
            out.write(struct.pack(">I", 0))
            out.flush()
    except BrokenPipeError:
        sys.stderr.close()  # nothing is left to be flushed


if __name__ == "__main__":
    main()
