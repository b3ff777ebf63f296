"""French."""

from __future__ import annotations

from typing import Final

from node.web.readers.wording.network import fr as network
from node.web.readers.wording.table import Counted, Notice, Wording

FRENCH: Final = Wording(
    code="fr",
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    months=("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
            "novembre", "décembre"),
    date="{weekday} {day} {month} {year}, {time} UTC",
    skip="Aller au contenu",
    front_page="Accueil",
    own_server="Ces pages viennent du serveur du syndicat. Elles ne chargent rien d’ailleurs, ne déposent aucun cookie "
    "et n’exécutent aucun script.",
    campaign="Campagne",
    campaigns="Campagnes",
    hashtag="Mot-dièse",
    own_page="Voici la page du syndicat. Ici, ses campagnes parlent d’elles-mêmes.",
    newest_updates="Dernières nouvelles",
    updates="Nouvelles",
    older_updates="Nouvelles plus anciennes",
    newest="Les plus récentes",
    nothing_older="Il n’y a pas de nouvelles plus anciennes.",
    nothing_yet="Rien n’a encore été publié.",
    nothing_yet_follow="Rien n’a encore été publié. Suivez la campagne et la première nouvelle vous parviendra.",
    nothing_tagged="Aucune nouvelle ne porte ici ce mot-dièse.",
    more_updates="Autres nouvelles",
    updates_counted=Counted("1 nouvelle", "{n} nouvelles"),
    newest_update="La dernière",
    update_from="Nouvelle de",
    updates_from="Nouvelles de",
    tagged="Nouvelles avec le mot-dièse",
    edited="modifié",
    edited_at="Modifié le",
    warning="Attention :",
    read_on="Lire la suite",
    previous="Nouvelle précédente",
    next="Nouvelle suivante",
    all_updates="Toutes les nouvelles",
    pinned="Épinglé",
    boosted_by="Partagé par",
    changed_since="Son auteur l’a modifié depuis.",
    likes=Counted("1 favori", "{n} favoris"),
    boosts=Counted("1 partage", "{n} partages"),
    comments=Counted("1 commentaire", "{n} commentaires"),
    comments_older="Commentaires plus anciens",
    comments_newer="Commentaires plus récents",
    comments_page="Autres commentaires",
    comments_part="Partie {page} sur {pages}, les plus récents d’abord.",
    original_on="Original sur",
    in_answer_to="En réponse à",
    reply="Répondre ou partager",
    reply_how="Collez ce lien dans le champ de recherche de Mastodon ou de toute autre application du fédivers ; vous "
    "pourrez y répondre, aimer et partager. Les réponses paraissent ici une fois lues par le syndicat.",
    link="Lien",
    follow_union="Suivre le syndicat",
    follow_campaign="Suivre cette campagne",
    follow_how="Copiez cette adresse dans le champ de recherche de Mastodon ou de toute autre application du fédivers, "
    "puis appuyez sur Suivre.",
    follow_carries="Les nouvelles vous y parviennent dès leur parution.",
    follow_union_carries="Elle porte ce que le syndicat dit en son nom ; chaque campagne a sa propre adresse.",
    follow_without="Sans compte",
    feed_for_readers="pour tout lecteur de flux",
    genuine="Est-ce bien nous ?",
    genuine_how="Ces huit mots représentent notre clé. Comparez-les avec nos affiches ou demandez-les-nous au "
    "téléphone. Si l’un d’eux diffère, vous lisez les pages de quelqu’un d’autre.",
    genuine_digits="La même chose en chiffres",
    network=network.FRENCH,
    ways_on="Pour continuer",
    to_front_page="Aller à l’accueil",
    notices={
        "retracted": Notice(
            "Cette nouvelle a été retirée",
            "Ses auteurs l’ont publiée ici, puis l’ont retirée. Les serveurs qui l’avaient reçue ont été priés de la "
            "supprimer aussi.",
            "Des copies faites par d’autres peuvent subsister, mais les auteurs ne les soutiennent plus.",
        ),
        "wrong": Notice(
            "Impossible de répondre à cette demande",
            "Quelque chose n’y était pas comme il faut.",
            "Revenez en arrière et réessayez, ou partez de l’accueil.",
        ),
        "ours": Notice(
            "Quelque chose a échoué chez nous",
            "Ce n’est pas votre faute, et rien n’est perdu.",
            "Réessayez dans quelques minutes.",
        ),
        "elsewhere": Notice(
            "Cette page ne peut pas vous être montrée",
            "Elle est réservée à qui peut prouver son identité.",
            "Ce que le syndicat publie pour tout le monde est sur la page d’accueil.",
        ),
        "missing": Notice(
            "Cette page n’existe pas",
            "L’adresse est peut-être mal tapée ou tronquée, ou mène à quelque chose qui n’a jamais été ici.",
            "Vérifiez l’adresse lettre par lettre, ou cherchez parmi nos campagnes.",
        ),
        "only_read": Notice(
            "Cela n’est pas possible ici",
            "Cette adresse peut être lue, mais on ne peut rien y envoyer.",
            "Ouvrez plutôt la page par son lien.",
        ),
        "slow": Notice(
            "Cela a pris trop de temps", "La connexion était trop lente, ou elle s’est interrompue.", "Réessayez."
        ),
        "large": Notice(
            "C’est trop volumineux",
            "L’envoi dépasse ce que ce serveur accepte.",
            "Envoyez moins, ou en plusieurs fois.",
        ),
        "many": Notice(
            "Trop de demandes",
            "Ce serveur a reçu plus de demandes qu’il ne peut traiter, peut-être d’autres personnes de votre réseau.",
            "Attendez une minute et réessayez.",
        ),
        "closed": Notice(
            "Fermé un instant",
            "Le serveur ne peut ni lire ni écrire ses données en ce moment.",
            "Réessayez dans quelques minutes.",
        ),
    },
)  # fmt: skip
