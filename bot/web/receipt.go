package web

import (
	"context"
	"net/http"

	"townclerk/bot"
)

// Receipts makes what citizens take home. It is safe for concurrent use.
type Receipts interface {
	// Receipt returns what was said in a conversation, with its proofs. Where nothing
	// of it is on the record the error is of kind bot.NotFound.
	Receipt(ctx context.Context, c bot.ConversationID) ([]byte, error)
}

func (s *server) receipt(w http.ResponseWriter, r *http.Request) error {
	return s.sendReceipt(w, r, bot.ConversationID(r.PathValue("id")))
}

// pageReceipt is receipt for the conversation of the cookie.
func (s *server) pageReceipt(w http.ResponseWriter, r *http.Request) error {
	p, err := s.pass(r)
	if err != nil {
		return err
	}
	return s.sendReceipt(w, r, p.id)
}

func (s *server) sendReceipt(w http.ResponseWriter, r *http.Request, id bot.ConversationID) error {
	if s.site.Receipts == nil {
		return errNotFound
	}
	receipt, err := s.site.Receipts.Receipt(r.Context(), id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="townclerk-receipt.txt"`)
	s.sendBytes(w, http.StatusOK, "text/plain; charset=utf-8", receipt)
	return nil
}
