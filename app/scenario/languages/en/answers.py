"""How English agrees, denies, declines and corrects."""

from __future__ import annotations

import re

from app.scenario.extraction.answers import AnswerWords
from app.scenario.extraction.corrections import CorrectionWords
from app.scenario.extraction.numbers import NumberWords
from app.scenario.languages.en import people

__all__ = ["ANSWERS", "CORRECTIONS", "NUMBERS"]

_GOOD = (
    r"right|correct|true|fine|good|okay|ok|quite|really|exactly|it|at all|now|today|interested|sure it|accurate"
    r"|what i said|a good|that|the right|my"
)

ANSWERS = AnswerWords(
    filler=re.compile(
        r"(?:well|um+|uh+(?! huh)|er+|so|oh|ah|hmm+|okay so|ok so|you know|look|listen|i mean|hello|sorry|and"
        r"|hey)\b(?= )"
    ),
    unclear=re.compile(
        r"^(?:maybe|perhaps|possibly|probably|i guess|not sure|i'm not sure|i am not sure|i don't know|don't "
        r"know|no idea|i have no idea|hard to say|it depends|we'll see|let me think|what|pardon|say that again"
        r"|could be)\b(?! (?:yes|yeah|not|no)\b)"
        r"|^yes and no|\byes or no\b|\bor not\b|^yeah (?:no|nah)\b|^no yeah\b|^yes but\b|^yeah but\b|^(?:right"
        r"|okay|ok) (?:but|and what|what|how|who|where|when|why)\b|^is (?:that|it|this)\b|^right now"
    ),
    no_first=re.compile(
        r"(?:no|nope|nah|naw|no way|not (?:" + _GOOD + r")|not|never|negative|wrong|incorrect|false|absolutely "
        r"not|none(?! of)|nobody|no one|no 1|nothing(?=$)|neither"
        r"|definitely not|certainly not|of course not|i (?:don't|do not) (?:think so|want|need|agree)"
        r"|i'd rather not|rather not"
        r"|(?:that's|that is|it's|it is|this is) (?:all |completely |totally )?(?:wrong|incorrect|false|a "
        r"mistake|not (?:it|true|right|correct|quite right|what i said|my|good|okay|ok))"
        r"|(?:that|it|this) isn't (?:it|right|correct|true|what i said)|(?:that|it|this) isn't(?=$)"
        r"|you got (?:it|that) wrong|i can't|i cannot|can't|don't|please don't|i'm afraid not|hardly|no thanks"
        r"|thanks but no)\b(?! (?:problem|worries|doubt|trouble|issue|bad)\b)"
    ),
    yes_first=re.compile(
        r"(?:yes|yeah|yep|yup|yea|ya|aye|uh huh|mm hmm|mhm|sure|sure thing|of course|certainly|absolutely"
        r"|definitely|indeed|right|correct|exactly|precisely|true|okay|ok|alright|all right|fine|great|perfect|"
        r"sounds (?:good|great|fine|right|about right)|that (?:works|sounds good|sounds right)|works for me"
        r"|(?:that's|that is|it's|it is|this is|you're|you are|you got it|it all looks|looks|all|everything is"
        r"|everything's)(?: all| perfectly| absolutely)? (?:right|correct|fine|good|okay|ok|great|perfect|it"
        r"|true)|you got it|"
        r"all good|spot on|bang on|brilliant|lovely|excellent|wonderful|we do|we would|we are|i do|i am|i would"
        r"|i will|i think so|i believe so|i agree|agreed|why not|no problem|no worries|go "
        r"ahead|please do|please|by all means|affirmative|confirmed|i confirm|you bet|totally|very well|very "
        r"much so|let's do (?:it|that)|do it|i'd love to|with pleasure|gladly|my pleasure|probably yes|да)\b(?! "
        r"(?:not|isn't)\b)"
    ),
    wish=re.compile(r"please(?: do)?|i would|i will|i do|i am|do it|right|fine|great|true|why not|perfect|go ahead"),
    tail=re.compile(
        r"(?:(?:yes|yeah|and|so|then|that|this|it|too|very|much|well|of course|please|thanks?|thank|you|do|is|all"
        r"|right|correct|fine|good"
        r"|great|perfect|sure|ok|okay|now|indeed|definitely|with me|for me|by me|with that|go ahead|all good"
        r"|spot on|bang on|brilliant|lovely|excellent|wonderful|we do|we would|we are|i do|i am|i would|be|work"
        r"|works|works for me|just|as"
        r"|like|love|lovely|brilliant|to|sir|madam|book it|confirm)(?: |$))*"
    ),
    possession=re.compile(
        r"(?:(?:yes )?(?:i|we)(?:'ve| have| 've)(?: got| also got)?(?: just| only)? (?!(?:a )?(?:question|problem"
        r"|to|no|not|been|already|another|issue)\b)"
        r"\w+(?: \w+){0,4}|(?:yes )?(?:we|i) do|there(?:'s| is| are) \w+(?: \w+){0,3})$"
    ),
    no_inside=re.compile(
        r"\b(?:not (?:right|correct|true|quite|really|exactly)|isn't (?:right|correct|true|it)|doesn't work"
        r"|won't work|wrong|incorrect|mistake|don't think so|nope|no(?=$))\b(?! with)"
    ),
    yes_inside=re.compile(
        r"\b(?:correct|that's right|that is right|sounds good|works for me|i agree|yes|yeah|yep|all good|that "
        r"works)\b"
    ),
    reserve=re.compile(
        r"^(?:\w+ )?(?:except|but|only|other than|apart from)\b|\b(?:wrong|incorrect|different|another|mistake"
        r"|call (?:you )?(?:back|later)|think about it)\b"
    ),
    refusal=re.compile(
        r"^(?:(?:well|um|uh|sorry|honestly|actually|oh|erm) )*(?:i )?(?:don't|do not|dunno)(?: really| "
        r"actually)? (?:have (?:1|an?(?: \w+)?|any)"
        r"|have e ?mail|use (?:it|e ?mail))(?: (?:sorry|yet|honestly|exactly|off the top of my head|e ?mail(?: "
        r"address)?|that))*$"
        r"|^(?:skip|pass|no e ?mail|without (?:an )?e ?mail|none)(?: (?:address|please|sorry))*$"
        r"|\b(?:without (?:an |my )?(?:e ?mail|phone|name)|no e ?mail)\b"
        r"|\b(?:(?:(?:i'd|i would) )?rather not(?: (?:say|tell|give|share|answer))?(?=$| to| about| my| that| "
        r"you| it| ,)"
        r"|(?:won't|will not|don't want to|do not want to|don't wanna|not going to|not gonna|wouldn't like to"
        r"|prefer not to"
        r"|don't feel like|not comfortable) (?:say|saying|tell|telling|give|giving|share|sharing|answer"
        r"|answering|disclose)"
        r"|prefer not(?=$)|none of your business|doesn't matter|does not matter|don't care|never mind|skip "
        r"(?:it|that|this)"
        r"|let's skip|can we skip|next question|that's private|it's private|that's personal|it's personal|why "
        r"do you need"
        r"|i refuse|i decline|no comment|it's not important|not important|not telling)\b"
    ),
)  # fmt: skip

_TAKES_BACK = re.compile(
    r"\b(?:no|not|isn't|wrong|actually|rather|make|change|scratch|sorry|instead|mean|meant|better|wait|strike)\b"
)

CORRECTIONS = CorrectionWords(
    negated=re.compile(
        r"(?:^| )(?:not|isn't|wasn't|never|except|any \w+ but|anything but|excluding|instead of|rather than)(?: "
        r"(?:at|on|the|for|in|a|an|to|around|about))*? ?$"
    ),
    marker=re.compile(
        r"\b(?:no|not|wait|sorry|i mean|i meant|actually|rather|oops|scratch that|make (?:it|that)|correction"
        r"|excuse me|better|instead|let me correct|change (?:it|that)|or better|my mistake|hold on|strike that"
        r"|let's say)\b"
    ),
    opening=re.compile(
        r"(?:(?:oh|um|uh|well|so|wait|hold on|hang on) ?,? ?)*(?:no|nope|sorry|actually|scratch that|strike "
        r"that|make (?:it|that)|i mean|i meant|correction|wrong|that's wrong|oops|change (?:it|that)|let's make "
        r"it|rather|better|instead|not)\b"
    ),
    negated_after=re.compile(
        r" (?:is wrong|isn't right|won't work|doesn't work|is not good|is no good|doesn't suit)\b"
    ),
    denies=lambda canon: _TAKES_BACK.search(canon) is not None,
)  # fmt: skip

NUMBERS = NumberWords(
    minus="minus|negative",
    point="point",
    whole="(?!)",
    tenths="tenths?",
    hundredths="hundredths?",
    and_half="and a half",
    one_and_half="(?:1|an?) and a half",
    half="half(?: an?)?",
    scales={"k": 1000, "grand": 1000, "m": 10**6, "mil": 10**6, "bn": 10**9},
    about={},
    comma_groups=True,
    not_after="moment|2°|minute|second|sec|question|thing|more|of|who|that|time|day|last",
    not_before="no|this|that|the|which|any|every|some|good|right|last|first|another",
    zero="oh|o",
    range_gap="-|or|to",
    budget=re.compile(r"\b(?:budget|spend|afford|pay)(?: (?:\w+|'s)){0,3} $"),
    party=people.party,
    several={"dozen": 12, "couple": 2},
)
