"""Korean questions: question words, endings, and signs of faults."""

from __future__ import annotations

import re

from pipeline.languages.question_rules import QuestionRules

ASKING = QuestionRules(
    asks=re.compile(r"무엇|무슨|뭐|누구|누가|언제|어디|어느|어떤|어떻게|어떠|얼마|몇|며칠|왜"),
    ends=re.compile(r"(?:까|요|가|지|나|오|는가|은가|인가)\s*[?.]?$|\?$"),
    requests=re.compile(r"(?:하시오|하십시오|주십시오|하세요|쓰시오|말하시오|주세요)[.]?$"),
    refers=(
        r"(?:이|위|해당|본)\s?(?:대목|문장|글|지문|단락|문단|구절|내용|발췌)|다음 중|위에서 (?:말한|언급)|윗글"
        r"|(?<![가-힣])(?:이|위|아래|해당|상기) (?:조항|항목|절|부분|표|목록|코드|예제|예시|그림|대화)"
        r"(?=[은는이가을를에의로와과도만\s,]|$)"
        r"|(?:주어진|제시된|앞서 나온|위에 나온|위에 제시된) (?:문서|코드|대화|글|표|내용|자료|본문|조항|부분)"
    ),
    pronoun=re.compile(
        r"(?:^|\s)(?:그것|이것|저것|그들|그는|그가|그녀|이들|그의|여기|거기|저는|제가|우리|나는|내가)(?=\S{0,3}(?:\s|$))"
    ),
    negation=r"않|아니|못하|없|제외|외에는",
    points_back_first=r"이는|이를|이것|그|그는|그것|또한|다만|따라서|그러나|이 경우",
)
