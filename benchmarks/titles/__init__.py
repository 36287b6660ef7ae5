"""Are title cards, leaders, colour bars and black told from shots?"""
