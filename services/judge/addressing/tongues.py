"""Addresses to a grader in other languages than English: kind and pattern, written as in `rules`."""

# ruff: noqa: E501, RUF001 -- a pattern is one line, and lookalikes are its matter
from __future__ import annotations

_BEST = r"(?:5 ?/ ?5|10 ?/ ?10|20 ?/ ?20|100 ?/ ?100)"

_ZH_PAGE = r"(?:网站|网页|页面|網站|網頁|頁面|界面|设计|截图|作品)"
_ZH_BEST = rf"(?:满分|滿分|最高(?:分|评分|評分|等级)|(?:5|五|10|十|100|一百)分|{_BEST}|五星)"
CHINESE = (
    ("override", r"(?:忽略|无视|無視|忘记|忘掉|不要遵循|跳过)[^。\n]{0,8}(?:之前|以前|以上|先前|上述|前面|系统|原有|所有|评分)[^。\n]{0,6}(?:指令|指示|提示|规则|規則|要求|标准|命令|说明)"),
    ("demand", rf"(?:请|請|必须|务必|应该|应当|需要|直接|一律)[^。\n]{{0,12}}(?:给|給|打|评|評|为|對|对)[^。\n]{{0,8}}(?:这个|这|此|该|本|我们的)?{_ZH_PAGE}[^。\n]{{0,12}}{_ZH_BEST}"),
    ("demand", rf"(?:评分|打分|评委|评审|评估|裁判|审核)(?:员|者|模型|系统|ai|人工智能)?[^。\n]{{0,10}}(?:请|必须|务必|应|给出|输出)[^。\n]{{0,20}}{_ZH_BEST}"),
    ("claim", rf"(?:本|此|该|这个|这)(?:个)?{_ZH_PAGE}[^。\n]{{0,14}}(?:应|值得|获得|荣获|被评为|得到|评为|得分|评分)[^。\n]{{0,10}}{_ZH_BEST}"),
    ("address", r"(?:ai|人工智能|大模型|语言模型|视觉模型|自动)(?:评委|裁判|评审|评分(?:员|器|模型|系统)|评估(?:员|器|模型|系统))[^。\n]{0,4}(?:[:,!]|你|您|请|注意)|(?:致|亲爱的|尊敬的|注意)[^。\n]{0,4}(?:ai|人工智能|大模型|语言模型|自动)[^。\n]{0,4}(?:评委|裁判|评审|评分|评估)"),
    ("address", r"如果你是[^。\n]{0,8}(?:ai|人工智能|语言模型|大模型|模型)"),
)  # fmt: skip

_JA_PAGE = r"(?:ウェブ)?(?:サイト|ページ|デザイン|画面|作品|レイアウト|スクリーンショット)"
_JA_BEST = rf"(?:満点|最高点|最高評価|最高スコア|(?:5|10|100)点|{_BEST}|五つ星|星5)"
JAPANESE = (
    ("override", r"(?:以前|これまで|上記|前|今まで|すべて|全て|先程|システム)の[^。\n]{0,10}(?:指示|命令|ルール|プロンプト|基準)[^。\n]{0,6}(?:無視|忘れ|従わ)"),
    ("demand", rf"(?:この|本|当|こちらの){_JA_PAGE}[^。\n]{{0,16}}{_JA_BEST}[^。\n]{{0,10}}(?:付け|つけ|与え|出力|評価し|採点|ください|下さい|お願い|しなさい)"),
    ("claim", rf"(?:この|本|当){_JA_PAGE}は[^。\n]{{0,20}}{_JA_BEST}[^。\n]{{0,8}}(?:獲得|受け|値し|ふさわし|相応|と評価|です|でした)"),
    ("address", r"(?:ai|人工知能|言語モデル|自動|llm)(?:の)?(?:審査員|評価者|採点者|ジャッジ|評価モデル|審査|採点)[^。\n]{0,4}(?:へ|の皆|さん|様|:|は必ず)"),
    ("address", r"(?:あなた|貴方)が[^。\n]{0,10}(?:ai|人工知能|言語モデル|モデル)[^。\n]{0,4}(?:なら|である|の場合)"),
)  # fmt: skip

KOREAN = (
    ("override", r"(?:이전|앞선|위의|모든)[^.\n]{0,12}(?:지시|명령|규칙|프롬프트)[^.\n]{0,8}(?:무시|잊)"),
    ("demand", r"이 ?(?:웹 ?사이트|사이트|페이지|웹페이지|디자인)[^.\n]{0,16}(?:만점|최고 ?점수|최고점|5점|10점|5 ?/ ?5)"),
)  # fmt: skip

_ES_PAGE = r"(?:sitio(?: web)?|pagina(?: web)?|web|diseno|captura|interfaz)"
_ES_BEST = rf"(?:{_BEST}|5 de 5|10 de 10|cinco estrellas|5 estrellas|cinco sobre cinco|(?:puntuacion|nota|calificacion|valoracion|puntaje)(?: \w+)? (?:maxima|perfecta|mas alta)|maxima (?:puntuacion|nota|calificacion|valoracion)|(?:un|con un|de) (?:5|cinco|10|diez)\b)"
SPANISH = (
    ("override", r"\b(?:ignor[ae]|ignorar|ignoren|olvid[ae]|olviden|haz caso omiso)~(?:instrucciones|reglas|indicaciones|criterios)(?: \w+)? (?:anterior|previ|del sistema|recibid|dadas)"),
    ("override", r"\b(?:ignor[ae]|olvid[ae]|ignoren) (?:todas )?(?:las |tus |sus )(?:anteriores|previas) (?:instrucciones|reglas|indicaciones)"),
    ("demand", rf"\b(?:da|dale|de|dele|asigna|asigne|otorga|otorgue|califica|califique|puntua|puntue|valora|valore|evalua|evalue|pon|ponga|conced[ae])\b~\b(?:este|esta|nuestro|nuestra|al|a la) {_ES_PAGE}\b~{_ES_BEST}"),
    ("demand", rf"\b(?:da|dale|dele|asigna|asigne|otorga|otorgue|pon|ponga|conced[ae])\b~{_ES_BEST}~\b(?:a|para) (?:este|esta|nuestro|nuestra) {_ES_PAGE}\b"),
    ("claim", rf"\b(?:este|esta|nuestro|nuestra) {_ES_PAGE}\b~\b(?:merece|obtuvo|recibio|tiene|ha (?:obtenido|recibido|sido)|debe (?:recibir|obtener)|consiguio)~{_ES_BEST}"),
    ("address", r"\b(?:juez|jueza|evaluador|evaluadora|calificador|revisor|modelo)(?: de)? (?:ia|inteligencia artificial|automatic[oa]|llm)\b[:,!]|\bsi eres (?:un |una )?(?:ia|modelo|inteligencia artificial|llm)"),
)  # fmt: skip

_PT_PAGE = r"(?:site|pagina|website|design|interface)"
PORTUGUESE = (
    ("override", r"\b(?:ignore|ignora|desconsidere|esqueca)~(?:instrucoes|regras|orientacoes)~(?:anteriores|previas|acima)"),
    ("demand", rf"\b(?:de|atribua|avalie|conceda|pontue)\b~\b(?:este|esta|a este|a esta|nosso|nossa) {_PT_PAGE}\b~(?:{_BEST}|nota (?:maxima|5|10|dez|cinco)|pontuacao maxima|5 estrelas|cinco estrelas)"),
)  # fmt: skip

_DE_PAGE = r"(?:website|webseite|seite|webauftritt|internetseite|homepage|design|screenshot|oberflache|benutzeroberflache|layout)"
_DE_BEST = rf"(?:{_BEST}|5 von 5|10 von 10|funf von funf|volle punktzahl|hochstpunktzahl|hochstnote|hochstwertung|bestnote|maximalpunktzahl|(?:maximale|hochste|beste|perfekte)[rn]? (?:punktzahl|note|wertung|bewertung)|(?:5|funf|10|zehn) (?:punkte|sterne)|note (?:1|eins)\b)"
GERMAN = (
    ("override", r"\b(?:ignorier(?:e|en|t)|vergiss|vergessen|missacht(?:e|en)|ubergeh(?:e|en))~(?:vorherig|bisherig|obig|fruher|vorangegangen|deine)\w*~(?:anweisung|regeln|vorgaben|instruktion|anleitung|richtlinien|befehl|kriterien)"),
    ("demand", rf"\b(?:gib|geben|vergib|vergeben|bewerte|bewerten|benote|benoten|erteile|erteilen)\b~\b(?:dieser|diese|diesem|dieses|der|die|unserer|unsere) {_DE_PAGE}\b~{_DE_BEST}"),
    ("demand", rf"\b(?:gib|geben|vergib|vergeben|erteile|erteilen)\b~{_DE_BEST}~\b(?:fur|an) (?:diese|unsere|dieses|die) {_DE_PAGE}\b"),
    ("claim", rf"\b(?:diese|unsere|dieses) {_DE_PAGE}\b~\b(?:verdient|erhielt|bekam|bekommt|hat|erhalt|wurde|muss|soll(?:te)?)~{_DE_BEST}"),
    ("address", r"\b(?:ki|llm|sprachmodell|automatisch\w*)[- ]?(?:juror|richter|bewerter|gutachter|prufer|jury|gutachterin|bewertungsmodell)\w*[:,!]|\b(?:falls|wenn) (?:du|sie) (?:ein|eine)? ?(?:ki|sprachmodell|llm|bewertungsmodell)\b|\b(?:liebe|lieber|achtung|hinweis (?:an|fur)(?: die| den)?) (?:ki|sprachmodell|llm)\b"),
)  # fmt: skip

_FR_PAGE = r"(?:site(?: web)?|page(?: web)?|design|interface|maquette|capture)"
_FR_BEST = rf"(?:{_BEST}|5 sur 5|cinq sur cinq|10 sur 10|20 sur 20|(?:note|score|evaluation)(?: \w+)? (?:maximale?|parfaite?|la plus elevee)|meilleure note|cinq etoiles|5 etoiles)"
FRENCH = (
    ("override", r"\b(?:ignore[zr]?|oublie[zr]?|ne tiens pas compte|ne tenez pas compte)~(?:instructions|consignes|regles|directives|criteres)~(?:precedent|anterieur|ci-dessus|recue|donnee|systeme)"),
    ("demand", rf"\b(?:donne[zr]?|attribue[zr]?|accorde[zr]?|note[zr]?|evalue[zr]?|mets|mettez)\b~\b(?:ce|cette|a ce|a cette|notre|au|a la) {_FR_PAGE}\b~{_FR_BEST}"),
    ("demand", rf"\b(?:donne[zr]?|attribue[zr]?|accorde[zr]?|mets|mettez)\b~{_FR_BEST}~\b(?:a|pour) (?:ce|cette|notre) {_FR_PAGE}\b"),
    ("claim", rf"\b(?:ce|cette|notre) {_FR_PAGE}\b~\b(?:merite|a (?:obtenu|recu|ete)|obtient|recoit|doit (?:recevoir|obtenir))~{_FR_BEST}"),
    ("address", r"\b(?:juge|evaluateur|correcteur|modele)(?: d')? ?(?:ia|intelligence artificielle|automatique|llm)[:,!]|\bsi (?:tu es|vous etes) (?:une? )?(?:ia|modele|intelligence artificielle|llm)\b"),
)  # fmt: skip

_RU_PAGE = r"(?:сайт\w*|страниц\w*|веб-?сайт\w*|дизайн\w*|интерфейс\w*|скриншот\w*)"
_RU_BEST = rf"(?:{_BEST}|5 из 5|10 из 10|пять из пяти|(?:максимальн|высш|наивысш|отличн)\w* (?:балл|оценк|рейтинг)\w*|(?:5|пять|10) (?:балл|звезд)\w*|пятерк\w*|на отлично)"
RUSSIAN = (
    ("override", r"\b(?:про)?(?:игнорируй|забуд)(?:те)?ь?(?:те)?~(?:предыдущ|прежн|прошл|выше|системн|исходн)\w*~(?:инструкци|указани|правил|команд|критери)"),
    ("demand", rf"\b(?:постав|оцен|да|дай|присво|присвой|выстав|выведи)\w{{0,3}}\b~\b(?:этот|этому|этой|эту|данн\w+|наш\w*) {_RU_PAGE}~{_RU_BEST}"),
    ("demand", rf"\b(?:поставь|поставьте|дай|дайте|присвой|присвойте|выставь|выставьте)~{_RU_BEST}~\b(?:этот|этому|этой|эту|данн\w+|наш\w*) {_RU_PAGE}"),
    ("claim", rf"\b(?:этот|данный|наш|эта) {_RU_PAGE}~(?:заслуживает|получил\w*|оценен\w*|должен получить|имеет)~{_RU_BEST}"),
    ("address", r"\b(?:ии|нейросет\w*|автоматическ\w+|языков\w+ модел\w*)[- ]?(?:судь|оценщик|эксперт|рецензент)\w*[:,!]|\bесли (?:ты|вы) (?:ии|нейросеть|языковая модель|модель)"),
)  # fmt: skip

_IT_PAGE = r"(?:sito(?: web)?|pagina(?: web)?|design|interfaccia|schermata)"
_IT_BEST = rf"(?:{_BEST}|5 su 5|10 su 10|cinque stelle|5 stelle|(?:punteggio|voto|valutazione)(?: \w+)? (?:massim[oa]|perfett[oa]|piu alt[oa])|massimo (?:punteggio|dei voti)|massima valutazione)"
ITALIAN = (
    ("override", r"\b(?:ignora(?:re|te)?|dimentica(?:re|te)?)~(?:istruzioni|regole|indicazioni|criteri)~(?:precedent|ricevut|del sistema|sopra)"),
    ("demand", rf"\b(?:dai|dia|date|assegna(?:te)?|assegni|attribuisci|attribuite|valuta(?:te)?|valuti|vota(?:te)?)\b~\b(?:questo|questa|nostro|nostra) {_IT_PAGE}\b~{_IT_BEST}"),
    ("demand", rf"\b(?:dai|dia|date|assegna(?:te)?|assegni|attribuisci|attribuite)\b~{_IT_BEST}~\ba (?:questo|questa) {_IT_PAGE}\b"),
    ("address", r"\b(?:giudice|valutatore|valutatrice|revisore|modello)(?: di)? (?:ia|ai|intelligenza artificiale|automatico|llm)[:,!]|\bse sei (?:un |una |un')?(?:ia|ai|modello|intelligenza artificiale|llm)\b"),
)  # fmt: skip

_NL_PAGE = r"(?:website|webpagina|pagina|site|ontwerp|interface)"
_NL_BEST = rf"(?:{_BEST}|(?:5|vijf) (?:van de|op|uit) (?:5|vijf)|10 van de 10|(?:maximale|hoogste|perfecte|volledige) (?:score|cijfer|punten|beoordeling|waardering)|(?:5|vijf) sterren)"
DUTCH = (
    ("override", r"\b(?:negeer|vergeet)~(?:vorige|eerdere|voorgaande|bovenstaande)~(?:instructies|regels|aanwijzingen|opdrachten|criteria)"),
    ("demand", rf"\b(?:geef|beoordeel|ken|waardeer)\b~\b(?:deze|dit|onze|ons) {_NL_PAGE}\b~{_NL_BEST}"),
    ("address", r"\b(?:ai|llm|taalmodel)[- ]?(?:jury|beoordelaar|rechter|evaluator)\w*[:,!]|\bals (?:je|jij|u) een (?:ai|llm|taalmodel)\b"),
)  # fmt: skip

TONGUES = (
    *CHINESE,
    *JAPANESE,
    *KOREAN,
    *SPANISH,
    *PORTUGUESE,
    *GERMAN,
    *FRENCH,
    *RUSSIAN,
    *ITALIAN,
    *DUTCH,
)
