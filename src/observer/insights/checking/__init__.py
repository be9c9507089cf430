"""What a reviewer asks of an insight: each module answers one question, `report` puts the answers together."""
