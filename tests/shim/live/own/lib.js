self.library = (self.library || 0) + 1;
