"""What is heard on English lines besides turns."""

from __future__ import annotations

import re

from app.scenario.extraction.listening import ListeningWords

__all__ = ["LISTENING"]

_MURMUR = (
    r"uh huh|uhuh|u+h|m+ hm+|mhm+|mm+|hm+|u+m|a+h|o+h|right|okay|ok|alright|all right|i see|got it|gotcha|fine|cool"
    r"|understood|makes sense|i understand|aha|interesting|oh really"
)
"""A lone "yes" is not among them: it may be the answer."""
_YES = "yes|yeah|yep"

LISTENING = ListeningWords(
    murmur=re.compile(
        rf"(?:{_YES}) (?:{_YES})(?: (?:{_YES}))*|(?:(?:{_YES}) )*(?:{_MURMUR})(?: (?:{_MURMUR}|{_YES}))*"
    ),
    machine=re.compile(
        r"(?:leave|record) (?:me |us |your |a |an |the |brief |short |detailed |voice |name |and |number )*message"
        r"(?: \w+){0,4} (?:after|at) the|after the (?:tone|beep|signal)|at the (?:tone|beep)\b"
        r"|please leave (?:me |us )?(?:a |your )(?:brief |short |voice )?(?:message|name)"
        r"|(?:you've|you have|i've) reached (?:the )?(?:voicemail|voice mail|mailbox|office of|desk of|home of|number)"
        r"|you've reached \w+|you have reached \w+"
        r"|your call has been (?:forwarded|transferred|diverted)|forwarded to (?:an? |the )?(?:automated "
        r"|automatic )?voice"
        r"|(?:voicemail|voice mail|mailbox|voice messaging) (?:box )?(?:is full|has not been set up|of|for"
        r"|system|service)"
        r"|(?:the )?(?:person|party|number|customer|subscriber|mobile|caller) (?:that )?you (?:are|were"
        r"|have) (?:trying"
        r"|attempting|dialed|dialled|called|calling)"
        r"|(?:person|party|number|subscriber|customer) (?:\w+ ){0,6}(?:is (?:currently )?(?:not available|unavailable"
        r"|not in service|switched off|no longer in service)|cannot be reached|has been disconnected)"
        r"|(?:can't|cannot|can not|unable to|not able to) (?:come to|take|answer) (?:the phone|your call|the call)"
        r"|(?:i'm|we're|he's|she's) (?:not available|unavailable|away from) (?:\w+ ){0,4}(?:phone|desk|call"
        r"|message|right now)"
        r"|to leave a (?:callback|voice|message)|when you (?:are|have) (?:finished|done) recording|hang up or press"
        r"|press (?:1|one|two|pound|star|hash|zero) (?:to|for|if)|for (?:\w+ ){1,4}press (?:1|one|two|three|zero|\d)"
        r"|your call is (?:very )?important to us|please (?:hold|stay) (?:the|on the) line|all (?:of )?our (?:agents"
        r"|operators|representatives|lines) are (?:currently )?busy|call may be (?:recorded|monitored)"
        r"|(?:this is|i'm|i am) (?:an? )?(?:automated|virtual|digital|call screening) (?:assistant|attendant"
        r"|system|service"
        r"|agent)|google assistant|using a screening service|get this person on the phone|record your name and reason"
    ),
)
