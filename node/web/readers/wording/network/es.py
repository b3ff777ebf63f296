"""Spanish."""

from __future__ import annotations

from typing import Final

from node.web.readers.wording.network.table import NetworkWords

SPANISH: Final = NetworkWords(
    copies="Copias de otros sindicatos",
    copies_lead="Los sindicatos guardan copias completas y comprobadas de las noticias de los demás. Si cierran uno "
    "de sus servidores, sus palabras se siguen leyendo aquí.",
    no_copies="Aquí todavía no se guarda copia de ningún otro sindicato.",
    campaigns_of="Campañas de este sindicato",
    copy="Esta es una copia comprobada",
    copy_means="Lo que se lee aquí son palabras de otro sindicato. Este servidor guarda una copia de todo su "
    "registro firmado y ha comprobado cada firma.",
    kept_by="La guarda",
    original="Original",
    complete_to="Completa hasta la entrada",
    newest_update="Última noticia",
    checked="Última comprobación",
    original_answers="El servidor original",
    answering="responde",
    silent_since="no responde, ni a nosotros ni a otros, desde",
    unheard_since="no nos responde desde",
    to_original="Leer el original",
    forked="Con la clave de este sindicato se firmaron dos registros distintos. Desde entonces no hemos tomado nada "
    "nuevo y mostramos lo que había antes. Pregunte al sindicato por teléfono cuál es el suyo.",
    frozen="Por ahora no se toma nada nuevo del servidor de este sindicato. Lo que hay aquí es de antes.",
    behind="El sindicato ha publicado más de lo que hay aquí. El resto está en camino.",
    unconfirmed="Hasta ahora solo su propio servidor nos ha dicho cuál es la clave más nueva de este sindicato. "
    "Compare sus ocho palabras con sus carteles.",
    ended="Su servidor ha puesto fin al intercambio de copias. Lo que había aquí se queda; no se toma nada nuevo.",
    holding_back="Su servidor retiró muchísimas noticias de una vez. Mientras no se confirme que el sindicato lo "
    "quiere, siguen aquí.",
    their_words="¿Son ellos de verdad?",
    their_words_how="Estas ocho palabras representan la clave de este sindicato. Compárelas con sus carteles o "
    "pregunte por teléfono. Si una es distinta, estas son palabras de otra persona.",
    withheld="Esta noticia no se muestra aquí",
    withheld_means="Está en el registro del sindicato, pero quienes llevan este servidor no la muestran.",
    reason="Su motivo",
    withheld_since="No se muestra desde",
    proof="Compruébelo usted",
    proof_means="Este pequeño archivo prueba que exactamente estas palabras están en el registro firmado del "
    "sindicato, y qué otros sindicatos las han visto allí. Se podrá comprobar dentro de años, sin este servidor.",
    proof_download="Descargar la prueba",
    proof_how="Cómo comprobar una noticia",
    check_lead="Cualquiera puede comprobar que una noticia es auténtica, sin fiarse de este servidor ni de ningún "
    "otro.",
    check_need="Qué hace falta",
    check_need_means="La prueba, que la página de la noticia ofrece para descargar, y las ocho palabras del "
    "sindicato de otra parte: un cartel, un volante, una llamada. Si ambas vienen del mismo sitio, un falsificador "
    "pudo hacer las dos.",
    check_run="Cómo se comprueba",
    check_run_means="Instale Picketline en cualquier ordenador. No hace falta servidor, ni cuenta, ni conexión. "
    "Después:",
    check_whose="Estas palabras son las nuestras. Para una noticia de otro sindicato, ponga las palabras de ese "
    "sindicato.",
    check_says="Responde con las palabras de la noticia, quién las escribió, cuándo, y qué sindicatos han firmado "
    "que las guardan. Si se cambió una letra, o la entrada, el lugar, el sindicato o una firma son de otro, dice "
    "qué.",
    check_inside="Qué contiene el archivo",
    check_inside_means="La entrada del registro, la noticia misma, el camino de esa entrada a la cabeza firmada del "
    "registro y las cartas que nombran las claves. Nada se cree por estar en el archivo: todo se calcula de nuevo, "
    "desde las ocho palabras.",
    check_not="Qué no prueba",
    check_not_epoch="Que las claves del sindicato no se hayan cambiado desde entonces. La respuesta dice «verdadero "
    "en la época 1 a fecha de» un momento; pregunte a un espejo si esa época terminó antes.",
    check_not_mirrors="Que existan los sindicatos que firman como espejos. Un espejo vale lo que vale su carta, y "
    "cualquiera puede inventar diez sindicatos. Busque uno que conozca y compare sus ocho palabras con sus carteles.",
    check_not_key="Que la clave propia de la campaña firmó la noticia, salvo que el archivo contenga esa clave. La "
    "clave del sindicato responde de las palabras en todo caso.",
    check_not_truth="Que sea verdad lo que dice la noticia. Solo prueba quién lo dijo.",
    check_others="El archivo sigue un formato abierto (C2SP tlog-proof) que también leen otros programas.",
    network="Quién guarda nuestras palabras",
    network_lead="Los sindicatos de esta red guardan copias completas y comprobadas de los registros de los demás, "
    "para que ningún proveedor pueda, por sí solo, callar a uno de ellos.",
    no_peers="Aquí todavía no se nombra a ningún otro sindicato.",
    peers="Los sindicatos",
    union="Sindicato",
    holds_of_ours="Guarda de nosotros",
    holds_all="todo, {n} entradas",
    holds_part="{n} de {m} entradas",
    holds_nothing="nada todavía",
    as_of="a fecha de",
    we_hold="Guardamos de él",
    we_hold_nothing="nada todavía",
    up_to_entry="todo hasta la entrada {n}",
    survive="Qué quedaría",
    if_we_fell="Si cayera este servidor",
    if_they_fell="Si cayera este",
    still_whole="Todo nuestro registro de {n} entradas, con cada noticia, seguiría en",
    still_part="{n} de las {m} entradas de nuestro registro seguirían en",
    nothing_left="No quedaría nada de nuestro registro en ninguno de los espejos nombrados aquí.",
    too_few="Menos de dos de los espejos nombrados aquí guardan todo lo nuestro.",
    theirs_stands="Su registro hasta la entrada {n} seguiría aquí, y nuestros lectores lo encontrarían.",
    theirs_gone="Aquí no quedaría nada de su registro.",
)
