"""Korean questions: question words, endings, and signs of faults."""

from __future__ import annotations

import re

from pipeline.languages.question_rules import QuestionRules

ASKING = QuestionRules(
    asks=re.compile(r"무엇|무슨|뭐|누구|누가|언제|어디|어느|어떤|어떻게|어떠|얼마|몇|며칠|왜"),
    ends=re.compile(r"(?:까|요|가|지|나|오|는가|은가|인가)\s*[?.]?$|\?$"),
    requests=re.compile(r"(?:하시오|하십시오|주십시오|하세요|쓰시오|말하시오|주세요)[.]?$"),
    refers=r"(?:이|위|해당|본)\s?(?:대목|문장|글|지문|단락|문단|구절|내용|발췌)|다음 중|위에서 (?:말한|언급)|윗글",
    pronoun=re.compile(
        r"(?:^|\s)(?:그것|이것|저것|그들|그는|그가|그녀|이들|그의|여기|거기|저는|제가|우리|나는|내가)(?=\S{0,3}(?:\s|$))"
    ),
    negation=r"않|아니|못하|없|제외|외에는",
    points_back_first=r"이는|이를|이것|그|그는|그것|또한|다만|따라서|그러나|이 경우",
)
