package dispute
import "testing"
func TestZZ(t *testing.T){
 show:=func(s Statement) reading { r:=read(s); t.Log(s.Text); for _,c:=range r.clauses { t.Logf("    %v status %v denies %v cond %v figs %v except %v", c.words,c.status,c.denies,c.conditional,len(c.figures),c.except)}; return r}
 a:=Statement{Text:"We take cards and checks; the center has not accepted cash since July 2024.",Language:"en",Under:"Riverton drop-off center\nFees"}
 b:=Statement{Text:"The drop-off center on Quarry Road accepts cash.",Language:"en",Under:"Welcome to Riverton: for new residents\nYour house"}
 q:=Statement{Text:"does the drop-off center accept cash?",Language:"en"}
 ra,rb:=show(a),show(b); show(q)
 t.Logf("%+v",alike(&ra.clauses[1],&ra,&rb.clauses[0],&rb))
 t.Log(Conflict(q,[]Statement{a},0,[]Statement{b}))
 c:=Statement{Text:"A card is free for everyone who lives, works, owns property or goes to school in Riverton.",Language:"en",Under:"Library cards\nWho gets a free card"}
 t.Log(Contradicted(Statement{Text:"library cards cost money for residents",Language:"en",Under:"now that , where do I pay?"},[]Statement{c}))
}
