"""German."""

from __future__ import annotations

from typing import Final

from node.web.readers.wording.network import de as network
from node.web.readers.wording.table import Counted, Notice, Wording

GERMAN: Final = Wording(
    code="de",
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    months=("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
            "Dezember"),
    date="{weekday}, {day}. {month} {year}, {time} Uhr UTC",
    skip="Zum Inhalt springen",
    front_page="Startseite",
    own_server="Diese Seiten kommen vom eigenen Server der Gewerkschaft. Sie laden nichts von anderswo, setzen keine "
    "Cookies und führen keine Skripte aus.",
    campaign="Kampagne",
    campaigns="Kampagnen",
    hashtag="Hashtag",
    own_page="Dies ist die eigene Seite der Gewerkschaft. Hier sprechen ihre Kampagnen für sich selbst.",
    newest_updates="Neueste Meldungen",
    updates="Meldungen",
    older_updates="Ältere Meldungen",
    newest="Neueste",
    nothing_older="Ältere Meldungen gibt es nicht.",
    nothing_yet="Noch ist nichts veröffentlicht.",
    nothing_yet_follow="Noch ist nichts veröffentlicht. Folge der Kampagne, und die erste Meldung erreicht dich.",
    nothing_tagged="Keine Meldung trägt hier diesen Hashtag.",
    more_updates="Weitere Meldungen",
    updates_counted=Counted("1 Meldung", "{n} Meldungen"),
    newest_update="Neueste",
    update_from="Meldung von",
    updates_from="Meldungen von",
    tagged="Meldungen mit dem Hashtag",
    edited="bearbeitet",
    edited_at="Bearbeitet",
    warning="Warnung:",
    read_on="Weiterlesen",
    previous="Vorige Meldung",
    next="Nächste Meldung",
    all_updates="Alle Meldungen",
    pinned="Angeheftet",
    boosted_by="Weitergegeben von",
    changed_since="Die Verfasserin oder der Verfasser hat es seither geändert.",
    likes=Counted("1-mal gemocht", "{n}-mal gemocht"),
    boosts=Counted("1-mal geteilt", "{n}-mal geteilt"),
    comments=Counted("1 Kommentar", "{n} Kommentare"),
    comments_older="Ältere Kommentare",
    comments_newer="Neuere Kommentare",
    comments_page="Weitere Kommentare",
    comments_part="Teil {page} von {pages}, die neuesten zuerst.",
    original_on="Original auf",
    in_answer_to="Als Antwort an",
    reply="Antworten oder weitersagen",
    reply_how="Gib diesen Link in das Suchfeld von Mastodon oder einer anderen Fediverse-App ein; dort kannst du "
    "antworten, mögen und teilen. Antworten erscheinen hier, sobald die Gewerkschaft sie gelesen hat.",
    link="Link",
    follow_union="Der Gewerkschaft folgen",
    follow_campaign="Dieser Kampagne folgen",
    follow_how="Kopiere diese Adresse in das Suchfeld von Mastodon oder einer anderen Fediverse-App und drücke auf "
    "„Folgen“.",
    follow_carries="Meldungen erreichen dich dort, sobald sie erscheinen.",
    follow_union_carries="Sie bringt, was die Gewerkschaft in eigenem Namen sagt; jede Kampagne hat eine eigene "
    "Adresse.",
    follow_without="Ohne Konto",
    feed_for_readers="für jeden Feedreader",
    genuine="Sind wir das wirklich?",
    genuine_how="Diese acht Wörter stehen für unseren Schlüssel. Vergleiche sie mit unseren Plakaten oder frag uns am "
    "Telefon. Weicht eines ab, liest du die Seiten von jemand anderem.",
    genuine_digits="Dasselbe in Ziffern",
    network=network.GERMAN,
    ways_on="Wie es weitergeht",
    to_front_page="Zur Startseite",
    notices={
        "retracted": Notice(
            "Diese Meldung wurde zurückgezogen",
            "Ihre Verfasser haben sie hier veröffentlicht und später zurückgenommen. Server, die sie erhalten hatten, "
            "wurden gebeten, sie ebenfalls zu entfernen.",
            "Kopien anderer mag es noch geben, aber die Verfasser stehen nicht mehr dahinter.",
        ),
        "wrong": Notice(
            "Diese Anfrage konnte nicht beantwortet werden",
            "Etwas daran war nicht so, wie es sein soll.",
            "Geh zurück und versuche es noch einmal, oder beginne auf der Startseite.",
        ),
        "ours": Notice(
            "Bei uns ist etwas schiefgegangen",
            "Es ist nicht deine Schuld, und nichts ging verloren.",
            "Bitte versuche es in einigen Minuten noch einmal.",
        ),
        "elsewhere": Notice(
            "Diese Seite kann dir nicht gezeigt werden",
            "Sie ist nur für die, die beweisen können, wer sie sind.",
            "Was die Gewerkschaft für alle veröffentlicht, steht auf der Startseite.",
        ),
        "missing": Notice(
            "Diese Seite gibt es nicht",
            "Die Adresse ist vielleicht vertippt oder abgeschnitten, oder sie zeigt auf etwas, das nie hier war.",
            "Prüfe die Adresse Buchstabe für Buchstabe, oder suche unter unseren Kampagnen.",
        ),
        "only_read": Notice(
            "Das geht hier nicht",
            "Diese Adresse kann gelesen werden, aber man kann nichts an sie senden.",
            "Öffne die Seite stattdessen über ihren Link.",
        ),
        "slow": Notice(
            "Das hat zu lange gedauert",
            "Die Verbindung war zu langsam, oder sie brach ab.",
            "Bitte versuche es noch einmal.",
        ),
        "large": Notice(
            "Das ist zu groß", "Es wurde mehr gesendet, als dieser Server annimmt.", "Sende weniger, oder in Teilen."
        ),
        "many": Notice(
            "Zu viele Anfragen",
            "Dieser Server bekam mehr Anfragen, als er beantworten kann, vielleicht von anderen in deinem Netz.",
            "Warte eine Minute und versuche es noch einmal.",
        ),
        "closed": Notice(
            "Einen Moment geschlossen",
            "Der Server kann seine Daten gerade nicht lesen oder schreiben.",
            "Bitte versuche es in einigen Minuten noch einmal.",
        ),
    },
)  # fmt: skip
