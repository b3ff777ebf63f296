"""French."""

from __future__ import annotations

from typing import Final

from node.web.readers.wording.network.table import NetworkWords

FRENCH: Final = NetworkWords(
    copies="Copies d’autres syndicats",
    copies_lead="Les syndicats gardent entre eux des copies complètes et vérifiées de leurs nouvelles. Si l’un de "
    "leurs serveurs est fermé, ses paroles restent lisibles ici.",
    no_copies="Aucune copie d’un autre syndicat n’est encore gardée ici.",
    campaigns_of="Campagnes de ce syndicat",
    copy="Ceci est une copie vérifiée",
    copy_means="Ce qu’on lit ici, ce sont les paroles d’un autre syndicat. Ce serveur garde une copie de tout son "
    "registre signé et en a vérifié chaque signature.",
    kept_by="Gardée par",
    original="Original",
    complete_to="Complète jusqu’à l’entrée",
    newest_update="Dernière nouvelle",
    checked="Dernière vérification",
    original_answers="Le serveur d’origine",
    answering="répond",
    silent_since="ne répond plus, ni à nous ni à d’autres, depuis",
    unheard_since="ne nous répond plus depuis",
    to_original="Lire l’original",
    forked="Deux registres différents ont été signés avec la clé de ce syndicat. Depuis, nous n’avons rien repris "
    "de nouveau et montrons ce qui valait avant. Demandez au syndicat, par téléphone, lequel est le sien.",
    frozen="Pour l’instant, rien de nouveau n’est repris du serveur de ce syndicat. Ce qui est ici date d’avant.",
    behind="Le syndicat a publié davantage que ce qui est ici. Le reste est en route.",
    unconfirmed="Jusqu’ici, seul son propre serveur nous a dit quelle clé est la plus récente de ce syndicat. "
    "Comparez ses huit mots avec ses affiches.",
    ended="Son serveur a mis fin à l’échange de copies. Ce qui était ici reste ; rien de nouveau n’est repris.",
    holding_back="Son serveur a retiré d’un coup un très grand nombre de nouvelles. Tant qu’il n’est pas confirmé "
    "que le syndicat le veut, elles restent ici.",
    their_words="Est-ce vraiment eux ?",
    their_words_how="Ces huit mots représentent la clé de ce syndicat. Comparez-les avec ses affiches, ou "
    "demandez-les par téléphone. Si l’un diffère, ce sont les paroles de quelqu’un d’autre.",
    withheld="Cette nouvelle n’est pas montrée ici",
    withheld_means="Elle figure au registre du syndicat, mais les responsables de ce serveur ne la montrent pas.",
    reason="Leur raison",
    withheld_since="Non montrée depuis",
    proof="Vérifiez vous-même",
    proof_means="Ce petit fichier prouve que ces paroles exactes figurent au registre signé du syndicat, et quels "
    "autres syndicats les y ont vues. Il pourra être vérifié dans des années, sans ce serveur.",
    proof_download="Télécharger la preuve",
    proof_how="Comment vérifier une nouvelle",
    check_lead="Tout le monde peut vérifier qu’une nouvelle est authentique, sans faire confiance à ce serveur ni à "
    "aucun autre.",
    check_need="Ce qu’il faut",
    check_need_means="La preuve, que la page de la nouvelle propose à télécharger, et les huit mots du syndicat "
    "venus d’ailleurs : une affiche, un tract, un appel. Si les deux viennent du même endroit, un faussaire a pu "
    "fabriquer les deux.",
    check_run="Comment vérifier",
    check_run_means="Installez Picketline sur n’importe quel ordinateur. Il ne faut ni serveur, ni compte, ni "
    "connexion. Puis :",
    check_whose="Ces mots sont les nôtres. Pour la nouvelle d’un autre syndicat, mettez les mots de ce syndicat.",
    check_says="La réponse donne les mots de la nouvelle, qui les a écrits, quand, et quels syndicats ont signé "
    "qu’ils les gardent. Si une lettre a été changée, ou si l’entrée, la place, le syndicat ou une signature est "
    "d’un autre, elle dit quoi.",
    check_inside="Ce que contient le fichier",
    check_inside_means="L’entrée du registre, la nouvelle elle-même, le chemin de cette entrée à la tête signée du "
    "registre, et les chartes qui nomment les clés. Rien n’en est cru parce que c’est dans le fichier : tout est "
    "recalculé, à partir des huit mots.",
    check_not="Ce que cela ne prouve pas",
    check_not_epoch="Que les clés du syndicat n’ont pas été remplacées depuis. La réponse dit « vrai dans l’époque "
    "1 au » et une date ; demandez à un miroir si cette époque a pris fin plus tôt.",
    check_not_mirrors="Que les syndicats qui signent comme miroirs existent. Un miroir ne vaut que ce que vaut sa "
    "charte, et n’importe qui peut inventer dix syndicats. Cherchez-en un que vous connaissez et comparez ses huit "
    "mots avec ses affiches.",
    check_not_key="Que la clé de la campagne elle-même a signé la nouvelle, sauf si le fichier contient cette clé. "
    "La clé du syndicat répond des mots dans tous les cas.",
    check_not_truth="Que ce que dit la nouvelle est vrai. Cela prouve seulement qui l’a dit.",
    check_others="Le fichier suit un format ouvert (C2SP tlog-proof) que d’autres programmes lisent aussi.",
    network="Qui garde nos paroles",
    network_lead="Les syndicats de ce réseau gardent entre eux des copies complètes et vérifiées de leurs "
    "registres, pour qu’aucun hébergeur ne puisse, à lui seul, faire taire l’un d’eux.",
    no_peers="Aucun autre syndicat n’est encore nommé ici.",
    peers="Les syndicats",
    union="Syndicat",
    holds_of_ours="Garde de nous",
    holds_all="tout, {n} entrées",
    holds_part="{n} entrées sur {m}",
    holds_nothing="rien encore",
    as_of="au",
    we_hold="Nous gardons de lui",
    we_hold_nothing="rien encore",
    up_to_entry="tout jusqu’à l’entrée {n}",
    survive="Ce qui resterait",
    if_we_fell="Si ce serveur tombait",
    if_they_fell="Si celui-ci tombait",
    still_whole="Tout notre registre de {n} entrées, avec chaque nouvelle, resterait chez",
    still_part="{n} des {m} entrées de notre registre resteraient chez",
    nothing_left="Il ne resterait rien de notre registre chez aucun des miroirs nommés ici.",
    too_few="Moins de deux des miroirs nommés ici gardent tout ce que nous avons dit.",
    theirs_stands="Son registre jusqu’à l’entrée {n} resterait ici, et nos lecteurs le trouveraient.",
    theirs_gone="Il ne resterait rien de son registre ici.",
)
