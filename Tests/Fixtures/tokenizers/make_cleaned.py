"""Texts as OpenAI's CLIP and OpenCLIP clean them, for cleaned.json; needs ftfy.

    python3 Tests/Fixtures/tokenizers/make_cleaned.py
"""
import html
import json
import os
import re

import ftfy

TEXTS = [
    "a dog’s bowl", "salt &amp; pepper", "ｃａｔ", "schÃ¶n", "“quoted”", "  two \t spaces\n",
    "&amp;amp; &amp;lt;3 &lt;b&gt;", "&#39;x&#x2019; &#8364; &#128; &#0; &copy &copyright; &eacute",
    "&notit; &notin; &hellip; &nbsp;x &unknown; & &; &#; &#x; AT&T R&amp;D", "1 < 2 &amp; 3",
    "ﬁsh and ﬂour, ŉ Ĳssel", "ｶﾀｶﾅ ﾊﾟﾝ。", "全角　スペース！", "一只红色的猫，在蓝色背景上。",
    "cafÃ© crÃ¨me", "â€œsmartâ€\x9d itâ€™s â€” âœ”", "ÃƒÂ©tÃƒÂ©", "Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "ä¸\xadæ–‡", "ðŸ˜€ face",
    "façade naïve Åse Øre", "voilà « É » fin", "ΟΔΟΣ ΣΑΣ Σ", "İstanbul STRASSE ẞ", "e\u0301te\u0301",
    "\x1b[31mred\x1b[0m bell\x07", "\ufeffbom\u206a", "‘single’ ‚low‛ ʼ", "„low“ ‟high”", "a\u2028b\u2029c\x85d",
    "Â£5 and Â°C", "100 €", "it’s a “test” – ok…", "<p>salt &amp; pepper</p>", "", " ", "&nbsp;",
    "ÄÖÜ Ã", "à votre santé", "El Niño y la Niña", "Straße", "Ελλάδα", "привет", "हिन्दी", "한국어 ﾡ", "日本語",
    "l’été", "O&rsquo;Brien", "&Eacute;t&eacute;", "&NBSP;", "&quot;hi&quot;", "tick ✓", "ﾇﾂﾜ &NTILDE;",
]


def cleaned(text):
    text = html.unescape(html.unescape(ftfy.fix_text(text))).strip()
    return re.sub(r"\s+", " ", text).strip().lower()


here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "cleaned.json"), "w", encoding="utf-8") as file:
    json.dump([[text, cleaned(text)] for text in TEXTS], file, ensure_ascii=False, indent=1)
    file.write("\n")
