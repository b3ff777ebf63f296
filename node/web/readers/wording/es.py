"""Spanish."""

from __future__ import annotations

from typing import Final

from node.web.readers.wording.network import es as network
from node.web.readers.wording.table import Counted, Notice, Wording

SPANISH: Final = Wording(
    code="es",
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    months=("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
            "noviembre", "diciembre"),
    date="{weekday} {day} de {month} de {year}, {time} UTC",
    skip="Ir al contenido",
    front_page="Portada",
    own_server="Estas páginas vienen del servidor propio del sindicato. No cargan nada de otros sitios, no ponen "
    "cookies y no ejecutan scripts.",
    campaign="Campaña",
    campaigns="Campañas",
    hashtag="Etiqueta",
    own_page="Esta es la página del sindicato. Aquí sus campañas hablan por sí mismas.",
    newest_updates="Últimas noticias",
    updates="Noticias",
    older_updates="Noticias anteriores",
    newest="Las más recientes",
    nothing_older="No hay noticias anteriores.",
    nothing_yet="Todavía no se ha publicado nada.",
    nothing_yet_follow="Todavía no se ha publicado nada. Sigue la campaña y la primera noticia te llegará.",
    nothing_tagged="Ninguna noticia lleva aquí esta etiqueta.",
    more_updates="Más noticias",
    updates_counted=Counted("1 noticia", "{n} noticias"),
    newest_update="La última",
    update_from="Noticia de",
    updates_from="Noticias de",
    tagged="Noticias con la etiqueta",
    edited="editado",
    edited_at="Editado el",
    warning="Aviso:",
    read_on="Seguir leyendo",
    previous="Noticia anterior",
    next="Noticia siguiente",
    all_updates="Todas las noticias",
    pinned="Fijado",
    boosted_by="Difundido por",
    changed_since="Su autor lo ha cambiado desde entonces.",
    likes=Counted("1 favorito", "{n} favoritos"),
    boosts=Counted("1 impulso", "{n} impulsos"),
    comments=Counted("1 comentario", "{n} comentarios"),
    comments_older="Comentarios anteriores",
    comments_newer="Comentarios más recientes",
    comments_page="Más comentarios",
    comments_part="Parte {page} de {pages}, los más recientes primero.",
    original_on="Original en",
    in_answer_to="En respuesta a",
    reply="Responder o difundir",
    reply_how="Pega este enlace en el buscador de Mastodon o de cualquier otra aplicación del fediverso; allí puedes "
    "responder, marcar como favorito e impulsar. Las respuestas aparecen aquí cuando el sindicato las ha leído.",
    link="Enlace",
    follow_union="Seguir al sindicato",
    follow_campaign="Seguir esta campaña",
    follow_how="Copia esta dirección en el buscador de Mastodon o de cualquier otra aplicación del fediverso y pulsa "
    "Seguir.",
    follow_carries="Las noticias te llegan allí en cuanto aparecen.",
    follow_union_carries="Trae lo que el sindicato dice en su propio nombre; cada campaña tiene su propia dirección.",
    follow_without="Sin cuenta",
    feed_for_readers="para cualquier lector de noticias",
    genuine="¿Somos de verdad nosotros?",
    genuine_how="Estas ocho palabras representan nuestra clave. Compáralas con nuestros carteles o pregúntanos por "
    "teléfono. Si una es distinta, estás leyendo las páginas de otra persona.",
    genuine_digits="Lo mismo en cifras",
    network=network.SPANISH,
    ways_on="Cómo seguir",
    to_front_page="Ir a la portada",
    notices={
        "retracted": Notice(
            "Esta noticia fue retirada",
            "Sus autores la publicaron aquí y después la retiraron. A los servidores que la habían recibido se les "
            "pidió que también la borraran.",
            "Puede que existan copias hechas por otros, pero los autores ya no las respaldan.",
        ),
        "wrong": Notice(
            "No se pudo responder a esta petición",
            "Algo en ella no era como debía ser.",
            "Vuelve atrás e inténtalo de nuevo, o empieza por la portada.",
        ),
        "ours": Notice(
            "Algo falló por nuestra parte",
            "No es culpa tuya, y no se perdió nada.",
            "Inténtalo de nuevo en unos minutos.",
        ),
        "elsewhere": Notice(
            "Esta página no se te puede mostrar",
            "Es solo para quienes pueden demostrar quiénes son.",
            "Lo que el sindicato publica para todo el mundo está en la portada.",
        ),
        "missing": Notice(
            "Esta página no existe",
            "Quizá la dirección está mal escrita o cortada, o apunta a algo que nunca estuvo aquí.",
            "Revisa la dirección letra por letra, o busca entre nuestras campañas.",
        ),
        "only_read": Notice(
            "Eso no se puede hacer aquí",
            "Esta dirección se puede leer, pero no se le puede enviar nada.",
            "Abre la página por su enlace.",
        ),
        "slow": Notice(
            "Eso tardó demasiado", "La conexión era demasiado lenta o se cortó.", "Inténtalo de nuevo."
        ),
        "large": Notice(
            "Eso es demasiado grande",
            "Se envió más de lo que este servidor acepta.",
            "Envía menos, o por partes.",
        ),
        "many": Notice(
            "Demasiadas peticiones",
            "Este servidor recibió más peticiones de las que puede responder, quizá de otras personas de tu red.",
            "Espera un minuto e inténtalo de nuevo.",
        ),
        "closed": Notice(
            "Cerrado por un momento",
            "El servidor no puede leer ni escribir sus datos en este momento.",
            "Inténtalo de nuevo en unos minutos.",
        ),
    },
)  # fmt: skip
