"""How English speakers pause in the middle of what they say."""

from __future__ import annotations

import re

from app.scenario.extraction.unfinished import UnfinishedWords
from app.scenario.extraction.wording import words

__all__ = ["UNFINISHED"]

_VERBS = frozenset(
    words("book cancel move change reschedule make want need like know ask get see speak talk come put tell send look")
)
"""Of requests, as their last word."""

UNFINISHED = UnfinishedWords(
    hanging=re.compile(
        r"(?:^| )(?:and|or|but|so|because|if|that's|at|on|in|to|for|with|from|of|by|about|around|between|after|before"
        r"|until|till|since|than|past|a|an|the|my|our|your|this|next|every|is|are|was|it's|i'm|i'd|i'll|we're"
        r"|we'd|we'll"
        r"|i|we|do|does|did|can|could|would|will|u+m+|u+h+|e+r+m*|hm+|mm+|not (?:at|on|in|the)|half|double|triple|like"
        r"|maybe|perhaps|actually|probably|well|approximately|roughly|in (?:two|three|a few|a couple))$"
    ),
    whole=re.compile(
        r"(?:^| )(?:(?:think|hope|believe|guess|suppose|say|afraid|not) so|(?:come|drop|check|log|sign|move|pop"
        r"|get) in"
        r"|(?:go|hold|hang|come|carry) on|(?:love|happy|glad|want|prefer|rather not|have|going) to|worried about"
        r"|(?:it|that|this|there|he|she|they|we|you|what|who|where|how much) (?:is|are|was)|(?:call|what|looking) for"
        r"|(?:i|we|you|they|he|she|it|that|yes) (?:do|does|did|can|could|would|will)|(?:so|neither|how|can"
        r"|may) (?:do )?i"
        r"|very well|as well|if i (?:can|could|may)|whatever|look after|the day after|the one after|the week after)$"
    ),
    leading=re.compile(
        r"(?:^| )(?:(?:my|the) (?:(?:first|last|full|phone|mobile|order|house|email|e-mail) )?(?:name|number"
        r"|email|e-mail"
        r"|phone|address|postcode|surname|mobile)|name|i (?:want|need|have|was wondering|wanted|would like"
        r"|think|guess|mean)"
        r"|(?:i'd|we'd|would) like|(?:can|could|may|would|do) (?:i|you|we)(?: please| have| tell me)?|is there"
        r"|are there"
        r"|put me down|book me(?: in)?|let's(?: say| make it| do)?|let me (?:see|think)|you know|how (?:much"
        r"|many|long|about)"
        r"|what about|what|a quarter|quarter|area code|call me|i'm looking|connect me"
        r"|move it|(?:want|like) to (?:make|book|cancel|move|change))$"
    ),
    alone=re.compile(
        r"(?:(?:oh|yes|yeah|okay|well|um) )*(?:hello|hi|hey|good (?:morning|afternoon|evening))(?: (?:there"
        r"|anna|again))*"
    ),
    spelled=re.compile(r"(?:^| )(?:dot|at|dash|hyphen|underscore|plus|period|point)$"),
    closing=frozenset(
        words(
            "please thanks thank you very much yes that's it would be great good fine works for me if possible sir "
            "madam then okay ok right i think is my number that"
        )
    ),
    named_in_part=re.compile(r"(?:mr|mrs|ms|miss|doctor|dr)"),
    can_end=lambda word: word not in _VERBS,
)
