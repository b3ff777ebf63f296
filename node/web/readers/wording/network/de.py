"""German."""

from __future__ import annotations

from typing import Final

from node.web.readers.wording.network.table import NetworkWords

GERMAN: Final = NetworkWords(
    copies="Kopien anderer Gewerkschaften",
    copies_lead="Gewerkschaften bewahren voneinander vollständige, geprüfte Kopien aller Meldungen auf. Wird einer "
    "der Server abgeschaltet, bleiben seine Worte hier lesbar.",
    no_copies="Hier liegt noch keine Kopie einer anderen Gewerkschaft.",
    campaigns_of="Kampagnen dieser Gewerkschaft",
    copy="Dies ist eine geprüfte Kopie",
    copy_means="Was hier steht, sind die Worte einer anderen Gewerkschaft. Dieser Server bewahrt ihr ganzes "
    "unterschriebenes Protokoll auf und hat jede Unterschrift darin geprüft.",
    kept_by="Aufbewahrt von",
    original="Original",
    complete_to="Vollständig bis Eintrag",
    newest_update="Neueste Meldung",
    checked="Zuletzt geprüft",
    original_answers="Der ursprüngliche Server",
    answering="antwortet",
    silent_since="schweigt seit",
    unheard_since="antwortet uns nicht seit",
    to_original="Im Original lesen",
    forked="Mit dem Schlüssel dieser Gewerkschaft wurden zwei verschiedene Protokolle unterschrieben. Seitdem haben "
    "wir nichts Neues übernommen und zeigen, was vorher galt. Fragen Sie die Gewerkschaft am Telefon, welches "
    "ihres ist.",
    frozen="Vom Server dieser Gewerkschaft wird zurzeit nichts Neues übernommen. Was hier steht, ist von vorher.",
    behind="Die Gewerkschaft hat mehr veröffentlicht, als hier steht. Der Rest ist unterwegs.",
    unconfirmed="Bisher hat nur ihr eigener Server gesagt, welcher Schlüssel der neueste dieser Gewerkschaft ist. "
    "Vergleichen Sie ihre acht Wörter mit ihren Plakaten.",
    ended="Ihr Server hat den Austausch von Kopien beendet. Was hier war, bleibt; Neues kommt nicht hinzu.",
    holding_back="Ihr Server hat sehr viele Meldungen auf einmal zurückgezogen. Bis bestätigt ist, dass die "
    "Gewerkschaft das will, bleiben sie hier stehen.",
    their_words="Sind sie es wirklich?",
    their_words_how="Diese acht Wörter stehen für den Schlüssel dieser Gewerkschaft. Vergleichen Sie sie mit ihren "
    "Plakaten oder fragen Sie am Telefon. Weicht eines ab, sind das die Worte von jemand anderem.",
    withheld="Diese Meldung wird hier nicht gezeigt",
    withheld_means="Sie steht im Protokoll der Gewerkschaft, aber wer diesen Server betreibt, zeigt sie nicht.",
    reason="Der Grund",
    withheld_since="Nicht gezeigt seit",
    proof="Selbst nachprüfen",
    proof_means="Diese kleine Datei beweist, dass genau diese Worte im unterschriebenen Protokoll der Gewerkschaft "
    "stehen und welche anderen Gewerkschaften sie dort gesehen haben. Sie lässt sich noch in Jahren prüfen, auch "
    "ohne diesen Server.",
    proof_download="Beweis herunterladen",
    proof_how="So prüft man eine Meldung",
    check_lead="Alle können nachprüfen, ob eine Meldung echt ist, ohne diesem oder irgendeinem Server zu vertrauen.",
    check_need="Was man braucht",
    check_need_means="Den Beweis, den die Seite der Meldung zum Herunterladen anbietet, und die acht Wörter der "
    "Gewerkschaft aus anderer Quelle: von einem Plakat, einem Flugblatt, aus einem Anruf. Kommt beides vom selben "
    "Ort, könnte beides gefälscht sein.",
    check_run="So wird geprüft",
    check_run_means="Installieren Sie Picketline auf irgendeinem Computer. Es braucht keinen Server, kein Konto und "
    "keine Verbindung. Dann:",
    check_whose="Das sind unsere Wörter. Für die Meldung einer anderen Gewerkschaft setzen Sie deren Wörter ein.",
    check_says="Die Antwort nennt die Worte der Meldung, wer sie schrieb, wann, und welche Gewerkschaften mit ihrer "
    "Unterschrift sagen, dass sie sie aufbewahren. Wurde ein Buchstabe geändert, oder passen Eintrag, Stelle, "
    "Gewerkschaft oder Unterschrift nicht, sagt sie, was.",
    check_inside="Was in der Datei steht",
    check_inside_means="Der Eintrag im Protokoll, die Meldung selbst, der Weg von diesem Eintrag zum "
    "unterschriebenen Kopf des Protokolls und die Urkunden, die die Schlüssel nennen. Nichts davon wird geglaubt, "
    "weil es in der Datei steht: Alles wird neu berechnet, von den acht Wörtern an.",
    check_not="Was es nicht beweist",
    check_not_epoch="Dass die Schlüssel der Gewerkschaft seither nicht ersetzt wurden. Die Antwort lautet „wahr in "
    "Epoche 1, Stand“ und eine Zeit; fragen Sie einen Spiegel, ob diese Epoche früher beendet wurde.",
    check_not_mirrors="Dass es die Gewerkschaften gibt, die als Spiegel unterschreiben. Ein Spiegel ist nur so echt "
    "wie seine Urkunde, und zehn Gewerkschaften kann jeder erfinden. Suchen Sie eine, die Sie kennen, und vergleichen "
    "Sie ihre acht Wörter mit ihren Plakaten.",
    check_not_key="Dass der eigene Schlüssel der Kampagne die Meldung unterschrieben hat, außer die Datei enthält "
    "ihn. Der Schlüssel der Gewerkschaft steht in jedem Fall für die Worte.",
    check_not_truth="Dass wahr ist, was die Meldung sagt. Sie beweist nur, wer es gesagt hat.",
    check_others="Die Datei hat ein offenes Format (C2SP tlog-proof), das auch andere Programme lesen.",
    network="Wer unsere Worte bewahrt",
    network_lead="Gewerkschaften in diesem Netz bewahren voneinander vollständige, geprüfte Kopien der Protokolle "
    "auf, damit kein einzelner Hoster eine von ihnen zum Schweigen bringen kann.",
    no_peers="Hier ist noch keine andere Gewerkschaft genannt.",
    peers="Die Gewerkschaften",
    union="Gewerkschaft",
    holds_of_ours="Hat von uns",
    holds_all="alles, {n} Einträge",
    holds_part="{n} von {m} Einträgen",
    holds_nothing="noch nichts",
    as_of="Stand",
    we_hold="Wir haben von ihr",
    we_hold_nothing="noch nichts",
    up_to_entry="alles bis Eintrag {n}",
    survive="Was bleiben würde",
    if_we_fell="Wenn dieser Server fiele",
    if_they_fell="Wenn dieser fiele",
    still_whole="Unser ganzes Protokoll mit {n} Einträgen und allen Meldungen stünde weiter bei",
    still_part="{n} von {m} Einträgen unseres Protokolls stünden weiter bei",
    nothing_left="Bei keinem der hier genannten Spiegel bliebe etwas von unserem Protokoll.",
    too_few="Weniger als zwei der hier genannten Spiegel haben alles von uns.",
    theirs_stands="Ihr Protokoll bis Eintrag {n} stünde weiter hier, und Leser würden es finden.",
    theirs_gone="Von ihrem Protokoll bliebe hier nichts.",
)
