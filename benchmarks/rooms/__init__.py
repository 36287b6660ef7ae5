"""Are shots that show the same place again found?"""
