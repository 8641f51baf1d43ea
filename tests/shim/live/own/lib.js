self.loads = (self.loads || 0) + 1;
