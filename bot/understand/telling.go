package understand

// What tells the languages with Latin letters apart. A word or letter may be in
// several lists; it then counts less for each.
var (
	// functionWords are the most frequent words.
	functionWords = map[string]map[string]bool{
		"en": set("the is are was what how do does can my for and of to in on with where when who why this that it you have will should would could i i'm if any there"),
		"es": set("el la los las qué cómo cuánto cuánta cuándo dónde quién es son para por con una mi mis del al y en puedo tengo hay se me yo cual cuál pagar necesito está"),
		"fr": set("le la les est sont quoi comment combien quand où qui pour avec une mon ma mes du au et je puis dois faut-il y quel quelle des dans sur vous"),
		"de": set("der die das ist sind was wie wann wo wer für mit ein eine mein meine und ich kann muss zu im auf den dem von wird werden haben habe gibt"),
		"pt": set("o os as é são como quanto quando onde quem para com uma meu minha do da ao e eu posso preciso tenho há não em no na"),
		"pl": set("jest są co jak ile kiedy gdzie kto dla z mój moja do i mogę muszę w na się czy nie mam czym po od"),
	}

	// tellingWords are longer or less frequent, and each is hardly ever anything else.
	tellingWords = map[string]map[string]bool{
		"en": set(`the he she his her him them me us no if so than then very here now today more two week month year what's where's how's which
			whose please thanks thank hello hi hours open opening appointment my your our their they from about without after before
			because get need want apply pay does did don't can't it's i've much many long someone who when why would should could been
			were has had or not but also only new lost renew replace find street office city town water school license licence driver's
			birth marriage tax taxes trash garbage fee fees cost costs council housing`),
		"es": set(`usted ustedes nosotros nos ella él ellos ellas le les su sus nuestro nuestra ese esa eso este esta esto ya más menos después
			antes entre cada otro otra ha han fue era ser nada algo nadie todavía ahora carta cambio mes semana semanas lleva dice
			gracias hola buenos buenas días tardes favor cuánto cuántos cuántas cuándo cómo dónde quién quiénes pero porque sobre hasta
			desde donde cuando cuanto quiero quisiera puede pueden debo hacer hago tengo tiene tienen necesito hijo hija años año mañana
			ayuda trabajo vivienda pasaporte licencia conducir cita horario horarios basura impuesto impuestos ayuntamiento agua
			nacimiento matrimonio renovar solicitar pedir perdí sacar dirección multa multas beca escuela oficina calle ciudad abierto
			abre cierra cuesta pago saber estoy soy sin muy mi mis también`),
		"fr": set(`il elle ils elles on ont peut pourquoi plus moins été était jamais toujours entre autre si même quand dit semaine mois
			bonjour merci s'il n'y n'en plaît est-ce qu'est-ce qu'il c'est j'ai je l'on d'un d'une l'école l'eau n'ai n'est pas ne nous
			vous votre vos notre nos leur leurs mais donc car chez cette ces ceux tout tous toute être avoir faire peux puis-je dois doit
			faut voudrais mairie passeport permis conduire carte rendez-vous horaires ouverture ouvert ouverte poubelles déchets impôts
			impôt amende naissance mariage renouveler demander obtenir perdu enfant enfants logement bourse rue ville heures heure quelle
			quels quelles combien payer coûte depuis jusqu'à aussi encore aucune sans sous après avant avez suis ai`),
		"de": set(`ich er du wir ihr es seit warum wurde wurden war kommt kommen in nun da so wie wohin wen wem diesen diese dieser dieses ihn
			ihm zwei mehr immer wieder woche wochen monat jahr sie mich mir uns euch nicht kein keine keinen auch oder aber weil wenn
			dass ob nur noch schon sehr bis danke bitte hallo guten tag morgen welche welcher welches wieviel viel viele lange mein meine
			meinen meiner meinem unser einen einem einer eines zum zur beim vom über unter nach vor bei aus ohne gegen durch kann kannst
			könnte können muss müssen darf dürfen möchte brauche bekomme bekommt kostet kosten reisepass personalausweis ausweis
			führerschein pass antrag beantragen anmelden ummelden wohnung geburtsurkunde öffnungszeiten termin müll steuer gebühr
			gebühren bußgeld rathaus bürgeramt amt stadt straße schule kind kinder verloren verlängern offen geöffnet hilfe wohngeld uhr`),
		"pt": set(`você vocês ele ela eles elas nós nos lhe se mais menos entre cada outro outra foi era ser está estão isto isso este esta nada
			ninguém agora mês semana semanas diz carta obrigado obrigada olá oi bom boa dia tarde noite por favor não sim também já ainda
			então mas porque onde aonde quando qual quais quanto quantos quantas quem preciso posso pode podem devo fazer faço tenho tem
			têm estou sou minha minhas meu meus nossa nosso sua seu pelo pela pelos pelas dos das ao aos à às num numa até desde sem
			sobre depois antes muito passaporte carteira condução motorista identidade cidadão certidão nascimento casamento câmara
			prefeitura horário lixo imposto impostos multa renovar pedir tirar perdi filho filha filhos escola rua cidade água ajuda
			moradia morada custa pagar abre fecha consulta agendar marcar`),
		"pl": set(`on ona oni nikt nic kogo komu czego czym ich jego jej nasz nasza naszym więcej teraz potem po od roku miesiąc tydzień dzień
			dobry cześć dziękuję proszę tak nie czy jest są był była było być mam masz ma mają mogę może można muszę trzeba należy chcę
			chciałbym chciałabym jak gdzie kiedy kto co ile jaki jaka jakie jakich który która które dlaczego dla przez przed przy bez
			nad pod oraz ale albo lub więc też także tylko już jeszcze bardzo jeśli żeby moje mojego mojej swój swoje ten ta te tego tej
			tym się ze za paszport dowód dowodu prawo jazdy urząd urzędu miasta meldunek zameldować akt urodzenia ślub podatek podatki
			śmieci odpady opłata opłaty mandat wniosek złożyć wyrobić wymienić zgubiłem zgubiłam dziecko dziecka szkoła szkoły mieszkanie
			godziny otwarcia otwarty otwarte kosztuje zapłacić umówić pomoc ulica woda biblioteka`),
	}

	// ownLetters are letters that a single one has, sharedLetters those of several.
	ownLetters    = map[string]string{"es": "ñ¿¡", "fr": "œèëïîûù", "de": "äöüß", "pt": "ãõ", "pl": "ąęłżźśćń"}
	sharedLetters = map[string]string{"es": "áéíóú", "fr": "éàâçêô", "pt": "áéíóúàâçêô", "pl": "ó"}

	endings = map[string]map[string]bool{
		"en": set("ing ness ship ght tion able ful less ment ity ly"),
		"es": set("ción ciones sión dad dades miento ería ero era illo arse ando iendo amos"),
		"fr": set("tion ment eur euse aux ité ités ière elle ette oir ez"),
		"de": set("ung ungen keit heit schaft lich liche amt steuer zeit zeiten gebühr chen ieren antrag geld schein ausweis"),
		"pt": set("ção ções são dade dades mento agem eiro eira ando endo amos inho"),
		"pl": set("ość ości enie anie ego ych owy owa owe ować ski ska skie cja cji acja acji ów ami ach"),
	}
)
